"""Verkada: the webhook of type ``lpr`` (https://apidocs.verkada.com/reference/lpr)."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from alpr_core import Candidate, ForeignRead, RejectedRead
from alpr_source_reads import values
from alpr_source_reads.messages import each, json_messages
from alpr_source_reads.options import VerkadaOptions

TOLERANCE = 300
"""Seconds that a signature may be old, or the two clocks apart."""


class Verkada:
    """The data source. Fulfils `alpr_core.SignedSource`."""

    def __init__(self, options: VerkadaOptions) -> None:
        self.token = options.token
        self._signature = options.signature
        self._cameras = values.Cameras(options.cameras, options.camera)

    def is_signed(self, content: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        """Return whether the header ``Verkada-Signature``, ``TIME|HMAC``, is of this message and of the last minutes.

        Source: https://apidocs.verkada.com/reference/securing-webhooks
        """
        if self._signature is None:
            return True
        at, _, shown = headers.get("verkada-signature", "").partition("|")
        if not at.isdecimal() or len(at) > 12 or abs(now.timestamp() - int(at)) > TOLERANCE:
            return False
        secret = self._signature.read().encode()
        expected = hmac.digest(secret, content + b"|" + at.encode(), "sha256").hex()
        return hmac.compare_digest(expected.encode(), shown.encode("utf-8", "replace"))

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:  # noqa: ARG002
        """Return the read of a message; [] of one of another type.

        Raises:
            InputError: it is no JSON.
        """
        return each(json_messages(content), self._read)

    def _read(self, number: int, message: Any) -> Iterator[ForeignRead]:
        fields = values.table(message, "the message")
        if fields.get("webhook_type") != "lpr":
            return
        data = values.table(fields.get("data"), "data")
        best = Candidate(
            text=values.plate(data.get("license_plate_number"), "license_plate_number"),
            confidence=values.fraction(data.get("confidence"), "confidence"),
        )
        unit = values.text(data.get("camera_id"), "camera_id")
        if data.get("detected") is None:  # in milliseconds; `created` has whole seconds
            at = values.from_epoch(data.get("created"), "created")
        else:
            at = values.from_epoch(data.get("detected"), "detected", units_per_second=1000)
        yield ForeignRead(
            number=number,
            # `webhook_id` names what was set up, not the message.
            id=f"{unit}/{at:%Y%m%dT%H%M%S.%f}/{best.text}",
            camera=self._cameras.called(unit),
            captured_at=at,
            candidates=(best,),
            region=values.region(data.get("license_plate_state")),
        )
