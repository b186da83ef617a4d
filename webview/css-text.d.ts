/** The build hands over style sheets of packages as text. */
declare module '*.css' {
  const text: string;
  export default text;
}
