// Keys and links of every page. A link is followed without loading the program anew, as its own links are.
export default function (component) {
  const { data, parentElement } = component;
  if (window.greendcKeysEnd) window.greendcKeysEnd();
  const follow = (address) => {
    window.history.pushState({}, "", address);
    window.dispatchEvent(new PopStateEvent("popstate"));
    window.scrollTo(0, 0);
  };
  const typing = (event) =>
    event.target instanceof Element &&
    event.target.closest("input, textarea, select, [contenteditable=true], [role=combobox], [role=dialog]");
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event)) return;
    const press = data.press[event.key];
    const found = press && document.querySelector(press);
    if (found) {
      event.preventDefault();
      event.stopImmediatePropagation();
      found.scrollIntoView({ block: "center" });
      if (event.key === "k") found.focus();
      else found.click();
    } else if (data.open[event.key]) {
      event.preventDefault();
      event.stopImmediatePropagation();
      follow(data.open[event.key]);
    } else if (event.key === "r" || event.key === "c") {
      event.stopImmediatePropagation();
    }
  };
  const onClick = (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target instanceof Element && event.target.closest(".stHtml a[href]:not([download])");
    if (!link || link.origin !== window.location.origin) return;
    event.preventDefault();
    follow(link.href);
  };
  // Ages and times are of the server; a person whose own clock is off is told so.
  const off = Math.round((Date.now() - data.now_ms) / 60000);
  const box = document.createElement("div");
  if (Math.abs(off) >= 2) {
    box.className = "g-banner g-skew";
    box.textContent = data.skew.replace("{n}", (off > 0 ? "+" : "\u2212") + Math.abs(off));
  }
  parentElement.replaceChildren(box);
  window.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick, true);
  window.greendcKeysEnd = () => {
    window.removeEventListener("keydown", onKey, true);
    document.removeEventListener("click", onClick, true);
  };
  return window.greendcKeysEnd;
}
