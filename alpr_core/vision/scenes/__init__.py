"""Street scenes with made-up plates, drawn by this package: for trying it out, and for tests that know the truth.

The same seed gives the same picture on every machine, but for the rounding of OpenCV's versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from alpr_core.models import Box
from alpr_core.vision.scenes.paint import blend, ellipse, fill
from alpr_core.vision.scenes.plate import LAYOUTS, make_text
from alpr_core.vision.scenes.road import LIGHTS, View, draw_street
from alpr_core.vision.scenes.vehicle import GROUND, PAINTS, SHAPES, SIZE, draw_vehicle

if TYPE_CHECKING:
    from alpr_core.models import Image

STATES = tuple(LAYOUTS)
"""Oregon, Missouri, Ohio and Massachusetts: the states whose plates can be drawn."""

LANES = 3

_BODY = 1.1
"""Width of a vehicle's canvas where it stands, in lane widths."""


@dataclass(frozen=True, kw_only=True)
class Plate:
    """The truth about one plate of a scene.

    Attributes:
        text: normal form.
        state: one of `STATES`.
        box: its corners, px.
    """

    text: str
    state: str
    box: Box


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A picture and the truth about it.

    Attributes:
        image: BGR uint8 H×W×3.
        plates: every plate in it, from the left.
    """

    image: Image
    plates: tuple[Plate, ...]


def render_scene(
    seed: int,
    *,
    states: Sequence[str] = STATES,
    vehicles: int = 3,
    size: tuple[int, int] = (1600, 900),
    texts: Sequence[str] | None = None,
) -> Scene:
    """Draw a street with vehicles seen from behind.

    Args:
        seed: decides everything that is not said otherwise.
        states: whose plates; each vehicle gets one of them.
        vehicles: how many, 1 to 3.
        size: width and height, px.
        texts: plates in normal form, from the left; made up if None.

    Raises:
        ValueError: for a state that cannot be drawn, or another number of vehicles.
    """
    if not 1 <= vehicles <= LANES:
        raise ValueError(f"a scene has 1 to {LANES} vehicles, not {vehicles}")
    random = np.random.default_rng(seed)
    view = View(*size)
    canvas = draw_street(view, LIGHTS[int(random.integers(len(LIGHTS)))], random)
    lanes = sorted(int(lane) for lane in random.choice(LANES, vehicles, replace=False))
    cars = [
        _Car.make(random, states, texts[number] if texts is not None else None, lane - LANES // 2)
        for number, lane in enumerate(lanes)
    ]
    stands = [float(random.uniform(0.78, 0.97)) * view.height for _ in cars]
    boxes = {}
    for at in sorted(range(vehicles), key=lambda at: stands[at]):  # the nearest last: it hides the others
        boxes[at] = cars[at].put(canvas, view, stands[at])
    plates = tuple(Plate(text=car.text, state=car.state, box=boxes[at]) for at, car in enumerate(cars))
    return Scene(image=_photograph(canvas, random), plates=plates)


def render_video(
    seed: int,
    *,
    state: str = "us-or",
    text: str | None = None,
    frames: int = 30,
    size: tuple[int, int] = (960, 540),
) -> Iterator[Scene]:
    """Draw a vehicle that drives away, frame by frame, on a street that stays.

    Args:
        seed: decides everything that is not said otherwise.
        state: whose plate.
        text: the plate in normal form; made up if None.
        frames: how many.
        size: width and height, px.
    """
    random = np.random.default_rng(seed)
    view = View(*size)
    street = draw_street(view, LIGHTS[int(random.integers(len(LIGHTS)))], random)
    car = _Car.make(random, (state,), text, int(random.integers(LANES)) - LANES // 2)
    for number in range(frames):
        canvas = street.copy()
        stand = view.height * (1.0 - 0.3 * number / max(1, frames - 1))
        box = car.put(canvas, view, stand)
        yield Scene(image=_photograph(canvas, random), plates=(Plate(text=car.text, state=state, box=box),))


@dataclass(frozen=True)
class _Car:
    picture: Image
    corners: np.ndarray
    text: str
    state: str
    lane: float
    roll: float

    @classmethod
    def make(cls, random: np.random.Generator, states: Sequence[str], text: str | None, lane: int) -> _Car:
        unknown = sorted(set(states) - set(STATES))
        if unknown or not states:
            raise ValueError(
                f"plates of {', '.join(unknown) or 'no state'} cannot be drawn; there are {STATES}"
            )
        state = str(random.choice(list(states)))
        made_up = make_text(state, random)
        shape = SHAPES[int(random.integers(len(SHAPES)))]
        paint = PAINTS[int(random.integers(len(PAINTS)))]
        picture, corners = draw_vehicle(shape, paint, text or made_up, state)
        off_middle = float(random.uniform(-0.06, 0.06))
        return cls(
            picture, corners, text or made_up, state, lane + off_middle, float(random.uniform(-0.02, 0.02))
        )

    def put(self, canvas: Image, view: View, stand: float) -> Box:
        """Draw the vehicle, its wheels at ``stand`` px from the top, and return the plate's box."""
        width = view.lane_width(stand) * _BODY
        scale = width / SIZE
        x, y = view.lane_middle(self.lane, stand), stand
        shadow = ellipse(x, y - 6 * scale, 450 * scale, 46 * scale)
        fill(canvas, shadow, (30, 30, 30), opacity=0.55)
        transform = self._perspective(x, y, scale)
        # Halved as often as the warp would skip pixels: it does not average.
        picture, step = self.picture, 1.0
        while scale * step < 0.5:
            half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            picture, step = half.astype(np.uint8), step * 2
        left, top = max(0, int(x - 0.6 * width)), max(0, int(y - width))
        part = canvas[top : int(y + 0.2 * width), left : int(x + 0.6 * width)]
        to_part = np.array([(1, 0, -left), (0, 1, -top), (0, 0, 1)]) @ transform @ np.diag((step, step, 1.0))
        warped = cv2.warpPerspective(picture, to_part, part.shape[1::-1], flags=cv2.INTER_LINEAR)
        blend(part, warped[:, :, :3], warped[:, :, 3] / 255.0)
        corners = cv2.perspectiveTransform(self.corners[np.newaxis], transform)[0]
        a, b, c, d = ((round(float(px)), round(float(py))) for px, py in corners)
        return Box(corners=(a, b, c, d))

    def _perspective(self, x: float, y: float, scale: float) -> np.ndarray:
        """Map the vehicle's canvas to the picture: a vehicle beside the camera shows its nearer edge larger."""
        half = SIZE * scale / 2
        nearer = 0.035 * self.lane  # of the left edge for a vehicle to the right of the camera
        edges = []
        for side, grow in ((-1, 1 + nearer), (1, 1 - nearer)):
            tilt = self.roll * side * half
            edges.append((x + side * half, y - GROUND * scale * grow + tilt))
            edges.append((x + side * half, y + (SIZE - GROUND) * scale * grow + tilt))
        source = np.array([(0, 0), (0, SIZE), (SIZE, 0), (SIZE, SIZE)], dtype=np.float32)
        return cv2.getPerspectiveTransform(source, np.array(edges, dtype=np.float32))


def _photograph(canvas: Image, random: np.random.Generator) -> Image:
    """Return the picture as a camera would have it: lens, exposure, noise."""
    softened = cv2.GaussianBlur(canvas, (0, 0), float(random.uniform(0.5, 0.9))).astype(np.float32)
    height, width = canvas.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    softened *= (1.0 - 0.12 * (x * x + y * y))[:, :, np.newaxis] * float(random.uniform(0.92, 1.06))
    grain = random.standard_normal((height, width, 1), dtype=np.float32) * float(random.uniform(2.0, 5.0))
    return np.clip(softened + grain, 0, 255).astype(np.uint8)
