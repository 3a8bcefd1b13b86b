"""Play mp4 files to their end in a browser."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

_AT_ONCE = 6
_PLAY = """async files => Promise.all(files.map(file => new Promise(done => {
    const video = document.createElement('video');
    const said = fault => done([fault, video.duration, video.currentTime, video.videoWidth,
                                video.webkitDecodedFrameCount, video.webkitAudioDecodedByteCount]);
    video.muted = true;
    video.onended = () => said('');
    video.onerror = () => said(video.error.message || `error ${video.error.code}`);
    setTimeout(() => said('it does not come to its end'), 60000);
    video.src = file;
    video.playbackRate = 16;
    video.play().catch(error => said(error.message));
})))"""


def play(browser: Any, files: Sequence[Path], folder: Path) -> dict[Path, str]:
    """Play files, several at once at sixteen times their speed; return what is wrong by file, "" if nothing is.

    The page lies in `folder`, since pages from elsewhere may not open files.
    """
    (page_file := folder / "play.html").write_text("<!doctype html><title>rows</title>", encoding="utf-8")
    page = browser.new_page()
    page.goto(page_file.resolve().as_uri())
    wrong = {}
    for start in range(0, len(files), _AT_ONCE):
        group = files[start : start + _AT_ONCE]
        for file, outcome in zip(group, page.evaluate(_PLAY, [f.resolve().as_uri() for f in group]), strict=True):
            wrong[file] = _fault(*outcome)
    page.close()
    return wrong


def _fault(said: str, seconds: float, reached: float, width: int, frames: int, sound: int) -> str:
    if said:
        return f"played to {reached:.2f} of {seconds or 0:.2f} s: {said}"
    if abs(seconds - reached) > 0.1 or not width or not frames or not sound:
        return f"ends at {reached:.2f} of {seconds:.2f} s, {width} pixels wide, {frames} frames, {sound} bytes of sound"
    return ""
