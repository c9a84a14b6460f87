"""Frigate: what it publishes on ``frigate/events`` and ``frigate/tracked_object_update``.

The fields are those of its documentation (docs/integrations/mqtt.md). It goes on reading a plate while a vehicle is
in view, so that a message about the end of it knows most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event
from typing import TYPE_CHECKING, Any

from alpr_core import Box, Candidate, ForeignRead, InputError, RejectedRead
from alpr_source_reads import values
from alpr_source_reads.messages import each, json_messages
from alpr_source_reads.options import FrigateOptions

if TYPE_CHECKING:
    from alpr_source_reads.mqtt import Subscription

_TOPICS = {"ends": "events", "updates": "tracked_object_update"}
"""Which of Frigate's topics tells what is taken."""


class Frigate:
    """The data source. Fulfils `alpr_core.SubscribingSource`."""

    def __init__(self, options: FrigateOptions) -> None:
        self.token = options.token
        self._cameras = values.Cameras(options.cameras, options.camera)
        self._take = options.take
        self._subscription: Subscription | None = None
        if options.broker is not None:
            from alpr_source_reads.mqtt import Subscription

            self._subscription = Subscription(
                options.broker, f"{options.broker.prefix}/{_TOPICS[options.take]}"
            )

    @property
    def subscribes(self) -> bool:
        """Whether its messages are fetched from a broker."""
        return self._subscription is not None

    def listen(self, take: Callable[[bytes], None], stop: Event) -> None:
        """Hand over what the broker delivers, until told to stop."""
        if self._subscription is not None:
            self._subscription.listen(take, stop)

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:  # noqa: ARG002
        """Return the read of a message, or of each line of a file; [] where it is about something else.

        Raises:
            InputError: it is no JSON.
        """
        return each(json_messages(content), self._taken)

    def _taken(self, number: int, message: Any) -> Iterator[ForeignRead]:
        fields = values.table(message, "the message")
        kind = fields.get("type")
        if kind == "lpr" and self._take == "updates":
            yield self._update(number, fields)
        elif kind == "end" and self._take == "ends":
            after = values.table(fields.get("after"), "after")
            if after.get("recognized_license_plate"):
                yield self._end(number, after)

    def _update(self, number: int, fields: Mapping[str, Any]) -> ForeignRead:
        best = Candidate(
            text=values.plate(fields.get("plate")), confidence=values.fraction(fields.get("score"), "score")
        )
        return ForeignRead(
            number=number,
            id=f"{_named(fields)}/{best.text}",
            camera=self._camera(fields),
            captured_at=values.from_epoch(fields.get("timestamp"), "timestamp"),
            candidates=(best,),
            box=_box(fields.get("plate_box")),
        )

    def _end(self, number: int, fields: Mapping[str, Any]) -> ForeignRead:
        score = fields.get("recognized_license_plate_score")
        best = Candidate(
            text=values.plate(fields.get("recognized_license_plate"), "recognized_license_plate"),
            confidence=values.fraction(score, "recognized_license_plate_score"),
        )
        return ForeignRead(
            number=number,
            id=_named(fields),
            camera=self._camera(fields),
            captured_at=values.from_epoch(fields.get("start_time"), "start_time"),
            last_seen=values.from_epoch(fields.get("end_time"), "end_time"),
            candidates=(best,),
        )

    def _camera(self, fields: Mapping[str, Any]) -> str:
        return self._cameras.called(values.text(fields.get("camera"), "camera"))


def _named(fields: Mapping[str, Any]) -> str:
    name = values.text(fields.get("id"), "id")
    if not name:
        raise InputError("it has no id, so nobody could tell whether it came before")
    return name


def _box(written: object) -> Box | None:
    if not written:
        return None
    sides = values.listed(written, "plate_box")
    if len(sides) != 4:
        raise InputError("plate_box has not four sides")
    return values.rectangle(*sides)
