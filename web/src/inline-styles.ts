// Monaco and the dialogs write CSS into <style> elements, which our Content-Security-Policy ignores: text in the page is
// what an attacker could write. Stylesheets built by script are not text in the page, so a <style> gets one of those.
// Load this before anything that makes a <style>.

const sheets = new WeakMap<HTMLStyleElement, CSSStyleSheet>();

function sheetOf(element: HTMLStyleElement): CSSStyleSheet {
  let sheet = sheets.get(element);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheets.set(element, sheet);
    document.adoptedStyleSheets.push(sheet);
  }
  return sheet;
}

function drop(element: HTMLStyleElement): void {
  const sheet = sheets.get(element);
  if (!sheet) return;
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  sheets.delete(element);
}

Object.defineProperties(HTMLStyleElement.prototype, {
  sheet: {
    configurable: true,
    get(this: HTMLStyleElement) {
      return sheetOf(this);
    },
  },
  textContent: {
    configurable: true,
    get(this: HTMLStyleElement) {
      return "";
    },
    set(this: HTMLStyleElement, css: string | null) {
      sheetOf(this).replaceSync(css ?? "");
    },
  },
  appendChild: {
    configurable: true,
    value<T extends Node>(this: HTMLStyleElement, child: T): T {
      const sheet = sheetOf(this);
      const rules = [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
      sheet.replaceSync(`${rules}\n${child.textContent ?? ""}`);
      return child;
    },
  },
});

// Those that come and go (a cursor while dragging, a locked scroll bar under a dialog) do so in the head.
new MutationObserver((records) => {
  for (const { removedNodes } of records) {
    for (const node of removedNodes) {
      if (node instanceof HTMLStyleElement && !node.isConnected) drop(node);
    }
  }
}).observe(document.head, { childList: true });

export {};
