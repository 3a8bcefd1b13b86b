"""The score of a clip: timed events that the video shows and the audio plays."""

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
        starts = self._starts(kind)
        step = (starts[-1] - starts[0]) / max(1, len(starts) - 1) or 1.0
        known = np.concatenate([[starts[0] - step], starts, [starts[-1] + step]])
        return float(np.interp(time, known, np.arange(len(known)) - 1))

    def level(self, times: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
        """Interpolate the pitch between the middles of events; the result has the shape of `times`."""
        events = self.of(kind)
        knots = np.array([event.start + event.length / 2 for event in events])
        return np.asarray(np.interp(times, knots, np.array([event.pitch for event in events])))

    @cached_property
    def _starts_by_kind(self) -> dict[str, NDArray[np.float64]]:
        kinds = {event.kind for event in self.events}
        return {kind: np.array([event.start for event in self.of(kind)]) for kind in kinds}

    def _starts(self, kind: str) -> NDArray[np.float64]:
        return self._starts_by_kind[kind]
