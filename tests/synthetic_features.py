"""Features of a drawn clip: those that must not tell its class, and those that must."""

import io

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import stft

from mma_bench.sources.synthetic.drawing import Drawing

FRAMES_LOOKED_AT = range(5, 45, 8)

SHORTCUTS = {
    "colour": slice(0, 64),
    "loudness": slice(64, 65),
    "spectral centroid": slice(65, 67),
    "size": slice(67, 70),
    "everything": slice(0, 70),
}
CUES = {"sight": slice(70, 454), "sound": slice(454, 614)}


def features_of(drawing: Drawing) -> NDArray[np.float64]:
    """Measure colours (64), RMS in dB, spectral centroid in Hz (by frame; of the whole), bytes (all; each stream),
    edges (384) and spectrum (160).
    """
    clip = drawing.render()
    with av.open(io.BytesIO(clip)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    with av.open(io.BytesIO(clip)) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(float)
    with av.open(io.BytesIO(clip)) as container:
        sizes = [0.0, 0.0]
        for packet in container.demux():
            sizes[packet.stream.index] += packet.size
    loudness = 10 * np.log10(np.mean(sound**2) + 1e-12)
    histogram = np.mean([_colour_histogram(frames[i]) for i in FRAMES_LOOKED_AT], axis=0)
    edges = np.mean([_edges(frame) for frame in frames[::6]], axis=0)
    shortcuts = [*histogram, loudness, *_centroids(sound, rate), len(clip), *sizes]
    return np.array([*shortcuts, *edges, *_spectrum(sound, rate)])


def _colour_histogram(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    bins = (frame // 64).reshape(-1, 3) @ np.array([16, 4, 1])
    return np.bincount(bins, minlength=64) / len(bins)


def _centroids(sound: NDArray[np.float64], rate: int) -> tuple[float, float]:
    pieces = sound[: len(sound) // 1024 * 1024].reshape(-1, 1024) * np.hanning(1024)
    amplitudes = np.abs(np.fft.rfft(pieces))
    frequencies = np.fft.rfftfreq(1024, 1 / rate)
    by_piece = (amplitudes @ frequencies) / (amplitudes.sum(axis=1) + 1e-9)
    power = (amplitudes**2).sum(axis=0)
    return float(by_piece.mean()), float(power @ frequencies / (power.sum() + 1e-9))


def _edges(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Orientations of edges by cell, (384,)."""
    grey = np.asarray(Image.fromarray(frame).convert("L").resize((64, 64)), dtype=float)
    down, across = np.gradient(grey)
    strength, angle = np.hypot(down, across), np.arctan2(down, across) % np.pi
    cells = [strength * ((angle // (np.pi / 6)) == way) for way in range(6)]
    pooled = np.stack(cells).reshape(6, 8, 8, 8, 8).sum(axis=(2, 4)).ravel()
    return np.asarray(np.sqrt(pooled / (pooled.sum() + 1e-9)))


def _spectrum(sound: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """The modulation of each band of the spectrum, (160,)."""
    power = np.abs(stft(sound, rate, nperseg=1024)[2]) ** 2
    bands = np.array_split(power[:400], 40)
    levels = np.log10(np.array([band.sum(axis=0) for band in bands]) + 1e-9)
    peaky = [np.log10(band.max(axis=0) / (band.mean(axis=0) + 1e-12) + 1e-3).mean() for band in bands]
    steps = np.diff(levels, axis=1)
    return np.concatenate([levels.std(axis=1), steps.std(axis=1), np.abs(steps).max(axis=1), peaky])
