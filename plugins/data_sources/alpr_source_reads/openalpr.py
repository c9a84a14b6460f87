"""OpenALPR and Rekor: ``alpr_group``, one message a vehicle, and ``alpr_results``, one a picture; also in an alert.

The fields are those of OpenALPR's public documentation; confidences there count from 0 to 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alpr_core import Box, Candidate, ForeignRead, InputError, RejectedRead
from alpr_source_reads import values
from alpr_source_reads.messages import each, json_messages
from alpr_source_reads.options import OpenAlprOptions

PERCENT = 100.0

OTHERS = frozenset({"heartbeat"})
"""Messages of an agent that hold no read."""


class OpenAlpr:
    """The data source. Fulfils `alpr_core.HeedlessSource`: the open-source daemon looks at no status."""

    heedless = True

    def __init__(self, options: OpenAlprOptions) -> None:
        self.token = options.token
        self._cameras = values.Cameras(options.cameras, options.camera)
        self._take = options.take

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:  # noqa: ARG002
        """Return the reads of one message, of a list of them, or of a file with one on each line.

        Raises:
            InputError: it is no JSON.
        """
        return each(json_messages(content), self._taken)

    def _taken(self, number: int, message: Any) -> Iterator[ForeignRead | RejectedRead]:
        fields = values.table(message, "the message")
        kind = values.text(fields.get("data_type"), "data_type")
        if kind == "alpr_alert":  # Rekor's own hit: the hotlists of this node decide again
            fields = values.table(fields.get("group"), "group")
            kind = values.text(fields.get("data_type", "alpr_group"), "data_type")
        if kind == "alpr_group":
            if self._take != "results" and fields.get("is_preview") is not True:  # the whole one follows
                yield self._group(number, fields)
        elif kind == "alpr_results":
            if self._take != "groups":
                yield from self._results(number, fields)
        elif kind not in OTHERS:
            raise InputError("its data_type is none of alpr_group, alpr_results, alpr_alert and heartbeat")

    def _group(self, number: int, fields: Mapping[str, Any]) -> ForeignRead:
        best_plate = values.table(fields.get("best_plate") or {}, "best_plate")
        uuids = values.listed(fields.get("uuids") or [], "uuids")
        return ForeignRead(
            number=number,
            # Of its best picture there may be a message of its own: this is the whole vehicle, and no double of that.
            id=f"group/{_named(values.text(fields.get('best_uuid'), 'best_uuid'), best_plate.get('plate_index'))}",
            camera=self._cameras.called(_camera(fields)),
            captured_at=values.from_epoch(fields.get("epoch_start"), "epoch_start", units_per_second=1000),
            last_seen=values.from_epoch(fields.get("epoch_end"), "epoch_end", units_per_second=1000),
            candidates=_candidates(
                fields.get("best_plate_number"), fields.get("best_confidence"), fields.get("candidates")
            ),
            region=values.region(fields.get("best_region")),
            region_confidence=values.fraction(
                fields.get("best_region_confidence"), "best_region_confidence", of=PERCENT
            ),
            frames=max(1, len(uuids)),
            box=_box(best_plate.get("coordinates")),
            position=values.position(fields.get("gps_latitude"), fields.get("gps_longitude")),
            pictures=values.pictures(
                frame=values.picture(fields.get("vehicle_crop_jpeg")),
                plate=values.picture(best_plate.get("plate_crop_jpeg")),
            ),
        )

    def _results(self, number: int, fields: Mapping[str, Any]) -> Iterator[ForeignRead | RejectedRead]:
        results = values.listed(fields.get("results"), "results")
        if not results:
            return
        at = values.from_epoch(fields.get("epoch_time"), "epoch_time", units_per_second=1000)
        camera = _camera(fields)
        # The command line gives its results no name: there is one picture of a camera at a moment.
        uuid = values.text(fields.get("uuid"), "uuid") or f"{camera}-{at:%Y%m%dT%H%M%S.%f}"
        called = self._cameras.called(camera)

        def taken(_: int, result: Any) -> Iterator[ForeignRead]:
            one = values.table(result, "results")
            yield ForeignRead(
                number=number,
                id=_named(uuid, one.get("plate_index")),
                camera=called,
                captured_at=at,
                candidates=_candidates(one.get("plate"), one.get("confidence"), one.get("candidates")),
                region=values.region(one.get("region")),
                region_confidence=values.fraction(
                    one.get("region_confidence"), "region_confidence", of=PERCENT
                ),
                box=_box(one.get("coordinates")),
                pictures=values.pictures(plate=values.picture(one.get("plate_crop_jpeg"))),
            )

        yield from each(((number, result) for result in results), taken)


def _camera(fields: Mapping[str, Any]) -> str:
    """Return a camera's name there; an agent numbers its cameras, so that its own name belongs to it."""
    camera = values.text(fields.get("camera_id"), "camera_id")
    agent = values.text(fields.get("agent_uid") or fields.get("site_id"), "agent_uid")
    return "-".join(filter(None, (agent, camera))) if camera else ""


def _named(uuid: str, plate_index: object) -> str:
    """Return what a read is called: the picture's name, and the plate's number in it."""
    if not uuid:
        raise InputError("it has no uuid, so nobody could tell whether it came before")
    return f"{uuid}/{values.text(plate_index, 'plate_index') or '0'}"


def _candidates(plate: object, confidence: object, others: object) -> tuple[Candidate, ...]:
    best = Candidate(
        text=values.plate(plate), confidence=values.fraction(confidence, "the confidence", of=PERCENT)
    )
    return values.candidates(best, values.other_candidates(others, confidence="confidence", of=PERCENT))


def _box(coordinates: object) -> Box | None:
    if coordinates is None:
        return None
    corners = []
    for one in values.listed(coordinates, "coordinates")[:5]:
        corner = values.table(one, "coordinates")
        x, y = (values.number(corner.get(name), "coordinates") for name in "xy")
        corners.append((round(x), round(y)))
    if len(corners) != 4:
        raise InputError("coordinates has not four corners")
    first, second, third, fourth = corners
    return Box(corners=(first, second, third, fourth))
