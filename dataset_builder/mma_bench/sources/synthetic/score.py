"""The score of a clip: timed events that the video shows and the audio plays, and the rhythms that compose it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Event:
    """A timed event: `start` and `length` in seconds, `strength` and `pitch` from 0 to 1."""

    kind: str
    start: float
    length: float
    strength: float
    pitch: float

    @property
    def end(self) -> float:
        """End of the event in seconds."""
        return self.start + self.length


@dataclass(frozen=True)
class Score:
    """The events of a clip that lasts `seconds`, sorted by start."""

    seconds: float
    events: tuple[Event, ...]

    def of(self, kind: str) -> tuple[Event, ...]:
        """Return the events of one kind."""
        return tuple(event for event in self.events if event.kind == kind)

    def swell(self, time: float, kind: str) -> float:
        """Compute the envelope of a kind of event at `time`; each event rises from 0 to its strength and falls to 0."""
        levels = (
            event.strength * float(np.sin(np.pi * (time - event.start) / event.length)) ** 0.5
            for event in self.of(kind)
            if event.start < time < event.end
        )
        return max(levels, default=0.0)

    def since(self, time: float, kind: str) -> float:
        """Return the seconds since the last event of this kind began; infinity before the first event."""
        return min((time - event.start for event in self.of(kind) if event.start <= time), default=np.inf)

    def count(self, time: float, kind: str) -> float:
        """Count the events of this kind that have begun by `time`, interpolating linearly between their starts."""
        starts = self._starts[kind]
        step = (starts[-1] - starts[0]) / max(1, len(starts) - 1) or 1.0
        known = np.concatenate([[starts[0] - step], starts, [starts[-1] + step]])
        return float(np.interp(time, known, np.arange(len(known)) - 1))

    def level(self, times: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
        """Interpolate the pitch of a kind of event at `times`, in seconds, between the middles of the events."""
        events = self.of(kind)
        knots = np.array([event.start + event.length / 2 for event in events])
        return np.asarray(np.interp(times, knots, np.array([event.pitch for event in events])))

    @cached_property
    def _starts(self) -> dict[str, NDArray[np.float64]]:
        kinds = {event.kind for event in self.events}
        return {kind: np.array([event.start for event in self.of(kind)]) for kind in kinds}


Range = tuple[float, float]
Rhythm = Callable[[np.random.Generator, float], list[Event]]
"""Function that draws the events of a clip from a random generator and the clip's length in seconds."""


def beats(*kinds: str, period: Range, length: float, sway: float = 0.0) -> Rhythm:
    """Create a steady pulse of alternating `kinds`: `period` and `length` in seconds, `sway` relative to the period."""

    def events(rng: np.random.Generator, seconds: float) -> list[Event]:
        step = rng.uniform(*period)
        starts = np.arange(-rng.uniform(0.3, 0.95) * step, seconds, step)
        starts = starts + rng.uniform(-sway, sway, len(starts)) * step
        return [
            Event(kinds[i % len(kinds)], start, length, rng.uniform(0.7, 1), rng.random())
            for i, start in enumerate(starts.tolist())
        ]

    return events


def bouts(kind: str, *, calls: tuple[int, int], length: Range, gap: Range, rest: Range) -> Rhythm:
    """Create a rhythm of groups of calls; `length` of a call, `gap` after it and `rest` after a group in seconds."""

    def events(rng: np.random.Generator, seconds: float) -> list[Event]:
        typical, pause = rng.uniform(*length), rng.uniform(*gap)
        placed, at = [], rng.uniform(0.05, 0.3)
        while at < seconds - 0.1:
            for _ in range(rng.integers(calls[0], calls[1] + 1)):
                own = typical * rng.uniform(0.85, 1.2)
                placed.append(Event(kind, at, own, rng.uniform(0.75, 1), rng.random()))
                at += own + pause * rng.uniform(0.8, 1.25)
            at += rng.uniform(*rest)
        return [event for event in placed if event.start < seconds - 0.1]

    return events


def strokes(kind: str, *, length: Range) -> Rhythm:
    """Create a rhythm of events without gaps, such as bow strokes, gears or gusts; `length` in seconds."""

    def events(rng: np.random.Generator, seconds: float) -> list[Event]:
        typical = rng.uniform(*length)
        placed, at = [], -rng.uniform(0, 0.5) * typical
        while at < seconds:
            own = typical * rng.uniform(0.75, 1.3)
            placed.append(Event(kind, at, own, rng.uniform(0.7, 1), rng.random()))
            at += own
        return placed

    return events


def cycle(*steps: tuple[str, float, float], stretch: Range) -> Rhythm:
    """Create a rhythm that repeats `steps`: (kind, seconds since the previous event began, length in seconds)."""

    def events(rng: np.random.Generator, seconds: float) -> list[Event]:
        tempo = rng.uniform(*stretch)
        placed, at = [], -rng.uniform(0, 1) * tempo * sum(wait for _, wait, _ in steps)
        while at < seconds:
            own = tempo * rng.uniform(0.9, 1.15)
            for kind, wait, length in steps:
                at += wait * own
                placed.append(Event(kind, at, length * own, rng.uniform(0.75, 1), rng.random()))
        return [event for event in placed if event.start < seconds]

    return events


def compose(rhythms: tuple[Rhythm, ...], rng: np.random.Generator, seconds: float) -> Score:
    """Combine the rhythms of a class into one score."""
    events = [event for rhythm in rhythms for event in rhythm(rng, seconds)]
    return Score(seconds, tuple(sorted(events, key=lambda event: event.start)))
