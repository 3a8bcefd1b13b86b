"""The score of a clip: timed events that the video shows and the audio plays, and the rhythms that compose it."""

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
    """The events of a clip of `seconds`, sorted by start."""

    seconds: float
    events: tuple[Event, ...]

    def of(self, kind: str) -> tuple[Event, ...]:
        """Return the events of one kind."""
        return tuple(event for event in self.events if event.kind == kind)

    def swell(self, time: float, kind: str) -> float:
        """Compute the envelope of this kind of event at `time`: it rises from 0 to the strength and falls back to 0."""
        levels = (
            event.strength * float(np.sin(np.pi * (time - event.start) / event.length)) ** 0.5
            for event in self.of(kind)
            if event.start < time < event.end
        )
        return max(levels, default=0.0)

    def since(self, time: float, kind: str) -> float:
        """Return the seconds since the last event of this kind began; infinite before the first."""
        return min((time - event.start for event in self.of(kind) if event.start <= time), default=np.inf)

    def count(self, time: float, kind: str) -> float:
        """Count the events of this kind that have begun by `time`, interpolated from one start to the next."""
        starts = self._starts[kind]
        step = (starts[-1] - starts[0]) / max(1, len(starts) - 1) or 1.0
        known = np.concatenate([[starts[0] - step], starts, [starts[-1] + step]])
        return float(np.interp(time, known, np.arange(len(known)) - 1))

    def level(self, times: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
        """Interpolate the pitch between the middles of events; the result has the shape of `times`."""
        events = self.of(kind)
        knots = np.array([event.start + event.length / 2 for event in events])
        return np.asarray(np.interp(times, knots, np.array([event.pitch for event in events])))

    @cached_property
    def _starts(self) -> dict[str, NDArray[np.float64]]:
        kinds = {event.kind for event in self.events}
        return {kind: np.array([event.start for event in self.of(kind)]) for kind in kinds}


Range = tuple[float, float]


@dataclass(frozen=True)
class Beats:
    """A steady pulse whose `kinds` alternate; `period` and `length` in seconds, `sway` as a share of the period."""

    kinds: tuple[str, ...]
    period: Range
    length: float
    sway: float = 0.0

    def events(self, rng: np.random.Generator, seconds: float) -> list[Event]:
        """Place one event per pulse; the first starts before the clip."""
        period = rng.uniform(*self.period)
        starts = np.arange(-rng.uniform(0.3, 0.95) * period, seconds, period)
        starts = starts + rng.uniform(-self.sway, self.sway, len(starts)) * period
        return [
            Event(self.kinds[i % len(self.kinds)], start, self.length, rng.uniform(0.7, 1), rng.random())
            for i, start in enumerate(starts.tolist())
        ]


@dataclass(frozen=True)
class Bouts:
    """Groups of calls with rests between them: `calls` per group; `length` of a call, `gap` and `rest` in seconds."""

    kind: str
    calls: tuple[int, int]
    length: Range
    gap: Range
    rest: Range

    def events(self, rng: np.random.Generator, seconds: float) -> list[Event]:
        """Fill the clip with groups of calls; lengths of call and gap are drawn once per clip."""
        length, gap = rng.uniform(*self.length), rng.uniform(*self.gap)
        events, at = [], rng.uniform(0.05, 0.3)
        while at < seconds - 0.1:
            for _ in range(rng.integers(self.calls[0], self.calls[1] + 1)):
                own = length * rng.uniform(0.85, 1.2)
                events.append(Event(self.kind, at, own, rng.uniform(0.75, 1), rng.random()))
                at += own + gap * rng.uniform(0.8, 1.25)
            at += rng.uniform(*self.rest)
        return [event for event in events if event.start < seconds - 0.1]


@dataclass(frozen=True)
class Strokes:
    """Events that fill the clip without gaps, such as bow strokes, gears, gusts; `length` in seconds."""

    kind: str
    length: Range

    def events(self, rng: np.random.Generator, seconds: float) -> list[Event]:
        """Place events from before the start of the clip to after its end."""
        typical = rng.uniform(*self.length)
        events, at = [], -rng.uniform(0, 0.5) * typical
        while at < seconds:
            own = typical * rng.uniform(0.75, 1.3)
            events.append(Event(self.kind, at, own, rng.uniform(0.7, 1), rng.random()))
            at += own
        return events


@dataclass(frozen=True)
class Cycle:
    """A repeated sequence of events: (kind, seconds after the start of the previous event, length)."""

    steps: tuple[tuple[str, float, float], ...]
    stretch: Range

    def events(self, rng: np.random.Generator, seconds: float) -> list[Event]:
        """Fill the clip with sequences; the first starts before the clip."""
        stretch = rng.uniform(*self.stretch)
        events, at = [], -rng.uniform(0, 1) * stretch * sum(wait for _, wait, _ in self.steps)
        while at < seconds:
            own = stretch * rng.uniform(0.9, 1.15)
            for kind, wait, length in self.steps:
                at += wait * own
                events.append(Event(kind, at, length * own, rng.uniform(0.75, 1), rng.random()))
        return [event for event in events if event.start < seconds]


Rhythm = Beats | Bouts | Strokes | Cycle


def compose(rhythms: tuple[Rhythm, ...], rng: np.random.Generator, seconds: float) -> Score:
    """Combine the rhythms of a class into one score."""
    events = [event for rhythm in rhythms for event in rhythm.events(rng, seconds)]
    return Score(seconds, tuple(sorted(events, key=lambda event: event.start)))
