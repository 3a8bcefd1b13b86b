// The player and the keys of a review. Buttons do what is done; keys press them.
(() => {
  const find = (selector) => document.querySelector(selector);
  const video = () => find("#player video");

  // One player for all clips: a browser that let it sound once lets it go on.
  const follow = () => {
    const player = video(), source = find(".mma-class")?.dataset.source;
    if (!player || !source || player.getAttribute("src") === source) return;
    player.src = source;
    start();
  };
  const start = () => video()?.play().catch((error) => {
    find("#player .mma-start").hidden = error.name !== "NotAllowedError";
  });
  const again = () => { if (video()) { video().currentTime = 0; start(); } };
  const toggle = () => { video()?.paused ? start() : video()?.pause(); };
  const box = (number) => document.querySelectorAll("#criteria input[type=checkbox]")[number]?.click();
  const press = (selector) => find(selector)?.click();

  const keys = {
    p: () => press("#pass"),
    f: () => press("#fail"),
    u: () => press(".mma-undo"),
    n: () => find("#note textarea")?.focus(),
    r: again,
    " ": toggle,
    1: () => box(0),
    2: () => box(1),
    3: () => box(2),
  };

  const typing = (target) => target.matches("textarea, input:not([type=checkbox]), [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (typing(target)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    // Who went there by keyboard means the button, the box or the player.
    if (event.key === " " && target.matches("button, input, video, a")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat) act();
  });
  // Who clicked with a pointer goes on with keys: the space bar shall not press the same again.
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest("button, input, video")) event.target.closest("button, input, video").blur();
  });
  document.addEventListener("play", () => { find("#player .mma-start").hidden = true; }, true);
  document.addEventListener("error", (event) => {
    // A connection that broke is no fault of the clip.
    if (event.target === video() && video().error?.code !== MediaError.MEDIA_ERR_NETWORK) press("#unplayable");
  }, true);

  // What gradio's parts do not say to screen readers.
  const name = () => {
    for (const part of document.querySelectorAll(":is(#notice, #class):not([aria-live])")) {
      part.setAttribute("aria-live", "polite");
      part.setAttribute("role", "status");
    }
  };
  new MutationObserver(() => { follow(); name(); }).observe(document, { childList: true, subtree: true });
})();
