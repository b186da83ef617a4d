/** Of a box that asks: for a moment after a stop VS Code gives the editor the keys, and what a user has begun to answer stays. */
export const staying = { ignoreFocusOut: true };
