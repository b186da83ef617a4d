/** What @vscode/debugadapter takes from Node's `url`. */
export const { URL } = globalThis;
