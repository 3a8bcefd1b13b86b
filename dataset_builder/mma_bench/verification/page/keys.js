// Player and keyboard shortcuts of a review. Shortcuts press the buttons, which handle all actions.
(() => {
  const find = (selector) => document.querySelector(selector);
  const video = () => find("#player video");

  // One player for all clips: once a browser has allowed it to play with sound, it may autoplay later clips.
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
    // With keyboard focus on a control, the space bar activates that control.
    if (event.key === " " && target.matches("button, input, video, a")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat) act();
  });
  // After a click, drop the focus, so that the space bar does not press the same control again.
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest("button, input, video")) event.target.closest("button, input, video").blur();
  });
  document.addEventListener("play", () => { find("#player .mma-start").hidden = true; }, true);
  document.addEventListener("error", (event) => {
    // A network error is not the clip's fault.
    if (event.target === video() && video().error?.code !== MediaError.MEDIA_ERR_NETWORK) press("#unplayable");
  }, true);

  // Add the ARIA roles that gradio omits.
  const name = () => {
    for (const part of document.querySelectorAll(":is(#notice, #class):not([aria-live])")) {
      part.setAttribute("aria-live", "polite");
      part.setAttribute("role", "status");
    }
  };
  new MutationObserver(() => { follow(); name(); }).observe(document, { childList: true, subtree: true });
})();
