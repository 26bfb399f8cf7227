/** The nonce of this answer, without which the browser applies no style sheet of the page's own. */
export const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

/* Some components (scroll lock, width of the scroll bar) write style sheets without the nonce that
   their library was given.  Scripts of this page are trusted to write styles, so each gets it. */
const make = document.createElement.bind(document);
document.createElement = ((name: string, given?: ElementCreationOptions) => {
  const element = make(name, given);
  if (element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
}) as typeof document.createElement;
