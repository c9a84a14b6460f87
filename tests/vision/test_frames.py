"""Where pictures come from: what is read, in which order, and what is said of broken input."""

from __future__ import annotations

import os
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from alpr_core import Frame, InputError
from alpr_core.vision.files import MAX_PIXELS, printable
from alpr_core.vision.frames import ImageFile, VideoFile, find_sources

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def picture(height: int = 48, width: int = 64) -> np.ndarray:
    """Left half blue, right half red, a white bar at the top: BGR."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[:, : width // 2] = (255, 0, 0)
    image[:, width // 2 :] = (0, 0, 255)
    image[: height // 4] = 255
    return image


def save(path: Path, image: np.ndarray | None = None) -> Path:
    rgb = (picture() if image is None else image)[:, :, ::-1]
    Pillow.fromarray(np.ascontiguousarray(rgb)).save(path, format="PNG")
    return path


def only_frame(path: Path, **options: object) -> Frame:
    (source,) = find_sources(path, **options)
    (frame,) = source.frames()
    return frame


def video(path: Path, frames: int = 20, rate: float = 10.0, code: str = "mp4v") -> Path:
    """Frame number n has grey level 10 n."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), rate, (64, 48))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((48, 64, 3), 10 * number, dtype=np.uint8))
    writer.release()
    return path


def what_comes(path: Path) -> tuple[list[Frame], str]:
    """The frames of a file, and the problem at their end."""
    frames: list[Frame] = []
    try:
        for source in find_sources(path):
            frames.extend(source.frames())
    except InputError as problem:
        return frames, problem.message
    return frames, ""


# --- images --------------------------------------------------------------------------------------------------


def test_an_image_is_one_frame_of_bgr_bytes(tmp_path):
    frame = only_frame(save(tmp_path / "car.png"))
    assert frame.image.dtype == np.uint8
    assert frame.image.flags.c_contiguous
    assert np.array_equal(frame.image, picture())
    assert frame.source == str(tmp_path / "car.png")
    assert frame.index == 0


def test_the_name_of_an_image_does_not_matter(tmp_path):
    assert np.array_equal(only_frame(save(tmp_path / "really-a-png.jpg")).image, picture())
    assert np.array_equal(only_frame(save(tmp_path / "no-suffix")).image, picture())


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr"])
def test_an_image_of_any_colours_comes_out_in_bgr(tmp_path, mode):
    path = tmp_path / "image.tif" if mode in {"CMYK", "YCbCr"} else tmp_path / "image.png"
    Pillow.fromarray(picture()[:, :, ::-1].copy()).convert(mode).save(path)
    image = only_frame(path).image
    assert image.shape == (48, 64, 3)
    assert image[2, 2].min() > 250  # the bar stays white
    if mode not in {"L", "1", "LA"}:
        assert np.allclose(image[40, 5], (255, 0, 0), atol=8)


def test_a_cmyk_jpeg_is_not_inverted(tmp_path):
    Pillow.fromarray(picture()[:, :, ::-1].copy()).convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    image = only_frame(tmp_path / "print.jpg").image
    assert image[2, 2].min() > 240
    assert np.allclose(image[40, 50], (0, 0, 255), atol=30)


def test_transparent_parts_are_white(tmp_path):
    Pillow.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "glass.png")
    assert only_frame(tmp_path / "glass.png").image.min() == 255


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    grey = np.linspace(0, 65535, 64, dtype=np.uint16)[np.newaxis].repeat(8, axis=0)
    cv2.imwrite(str(tmp_path / "deep.png"), grey)
    cv2.imwrite(str(tmp_path / "deep-colour.png"), cv2.merge([grey, grey, grey]))
    for name in ("deep.png", "deep-colour.png"):
        image = only_frame(tmp_path / name).image
        assert np.abs(image[0, :, 0].astype(int) - (grey[0] >> 8)).max() <= 1


def test_a_picture_of_real_numbers_is_spread_over_eight_bits(tmp_path):
    Pillow.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)).save(tmp_path / "real.tif")
    image = only_frame(tmp_path / "real.tif").image
    assert (image.min(), image.max()) == (0, 255)


def test_a_picture_is_turned_upright_as_its_exif_says(tmp_path):
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    turned = np.rot90(picture(), 1)[:, :, ::-1]
    Pillow.fromarray(np.ascontiguousarray(turned)).save(tmp_path / "phone.jpg", exif=exif, quality=95)
    image = only_frame(tmp_path / "phone.jpg").image
    assert image.shape == (48, 64, 3)
    assert image[2, 2].min() > 230


# --- when it was taken -----------------------------------------------------------------------------------------


def with_exif_time(path: Path, taken: object, offset: object) -> Path:
    exif = Pillow.Exif()
    ifd = exif.get_ifd(0x8769)
    ifd[0x9003] = taken
    if offset is not None:
        ifd[0x9011] = offset
    Pillow.fromarray(picture()).save(path, format="JPEG", exif=exif)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    return path


def test_a_picture_with_its_utc_offset_was_taken_then(tmp_path):
    path = with_exif_time(tmp_path / "a.jpg", "2026:03:04 05:06:07", "-07:00")
    assert only_frame(path).taken_at == datetime(2026, 3, 4, 12, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("taken", "offset"),
    [
        ("2026:03:04 05:06:07", None),
        ("2026:03:04 05:06:07", "noon"),
        ("0001:01:01 00:00:00", "+14:00"),
        ("", ""),
    ],
)
def test_without_a_sure_time_in_it_the_time_of_the_file_counts(tmp_path, taken, offset):
    assert only_frame(with_exif_time(tmp_path / "a.jpg", taken, offset)).taken_at == NOON


def test_a_time_that_a_person_gives_wins(tmp_path):
    path = with_exif_time(tmp_path / "a.jpg", "2026:03:04 05:06:07", "+00:00")
    assert only_frame(path, taken_at=NOON + timedelta(days=1)).taken_at == NOON + timedelta(days=1)


def test_a_time_without_a_zone_is_a_bug_of_the_caller(tmp_path):
    with pytest.raises(ValueError, match="timezone"):
        find_sources(save(tmp_path / "a.png"), taken_at=datetime(2026, 1, 1))  # noqa: DTZ001


# --- broken images -----------------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    frames, problem = what_comes(path)
    assert not frames
    assert problem.startswith(printable(path))
    assert "\n" not in problem
    return problem


def test_a_missing_file_is_named(tmp_path):
    assert "no such file or folder" in refusal(tmp_path / "nowhere.jpg")


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    (tmp_path / "empty.jpg").touch()
    assert "is empty" in refusal(tmp_path / "empty.jpg")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".gif", ".bmp"])
def test_a_truncated_image_is_refused(tmp_path, suffix):
    noise = np.random.default_rng(1).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    path = tmp_path / f"cut{suffix}"
    Pillow.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cut off or broken" in refusal(path)


@pytest.mark.parametrize("name", ["letter.jpg", "letter.mp4", "letter"])
def test_a_text_is_neither_image_nor_video_whatever_its_name(tmp_path, name):
    (tmp_path / name).write_text("Dear Sir, " * 100)
    assert "neither an image" in refusal(tmp_path / name)


def png_of_zeros(path: Path, width: int, height: int) -> Path:
    """A real PNG of one bit a pixel that is tiny on disk and huge when decoded."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(bytes((width + 7) // 8 + 1) * min(height, 20))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.parametrize("side", [9_000, 12_000, 20_000, 1_000_000])
def test_a_picture_that_would_fill_the_memory_is_refused_unread(tmp_path, side):
    assert side * side > MAX_PIXELS
    assert "at most 80 million" in refusal(png_of_zeros(tmp_path / "bomb.png", side, side))


def test_postscript_is_not_run(tmp_path):
    (tmp_path / "page.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert "neither an image" in refusal(tmp_path / "page.eps")


def test_a_pipe_is_refused_and_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "a pipe or a device" in refusal(tmp_path / "pipe.jpg")
    assert "a pipe or a device" in refusal(Path("/dev/zero"))


def test_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    assert "cannot be read" in refusal(tmp_path / "loop.jpg")


def test_a_null_character_in_a_name_is_refused():
    assert "cannot be read" in refusal(Path("a\0b.jpg"))


def test_nothing_is_written_to_stderr_by_decoders(tmp_path, capfd):
    image = np.random.default_rng(2).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    for suffix in ("jpg", "tif"):
        path = tmp_path / f"cut.{suffix}"
        Pillow.fromarray(image).save(path)
        path.write_bytes(path.read_bytes()[:5000])
        what_comes(path)
    whole = video(tmp_path / "v.avi", code="MJPG").read_bytes()
    broken = bytearray(whole)
    broken[4000:9000:3] = b"\xff" * len(broken[4000:9000:3])
    (tmp_path / "v.avi").write_bytes(broken[: len(broken) // 2])
    what_comes(tmp_path / "v.avi")
    assert capfd.readouterr() == ("", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    suffix=st.sampled_from(["jpg", "png", "tif", "webp", "gif", "bmp", "avi"]),
    damage=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=20),
    cut=st.integers(1, 4000),
)
def test_damaged_bytes_give_frames_or_a_clear_problem(tmp_path, suffix, damage, cut):
    path = tmp_path / f"damaged.{suffix}"
    if suffix == "avi":
        video(path, frames=3, code="MJPG")
    else:
        Pillow.fromarray(picture()).save(path)
    content = bytearray(path.read_bytes())
    for at, value in damage:
        content[at % len(content)] = value
    path.write_bytes(content[:cut])
    frames, problem = what_comes(path)
    assert frames or problem.startswith(str(path))
    assert all(frame.image.dtype == np.uint8 and frame.image.ndim == 3 for frame in frames)


# --- folders -----------------------------------------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    return [source.path.relative_to(folder).as_posix() for source in find_sources(folder)]


def test_a_folder_comes_in_natural_order(tmp_path):
    (tmp_path / "night").mkdir()
    for name in ("10.jpg", "9.jpg", "IMG_100.png", "img_20.png", "night/2.jpg"):
        save(tmp_path / name)
    assert names(tmp_path) == ["9.jpg", "10.jpg", "img_20.png", "IMG_100.png", "night/2.jpg"]


def test_what_is_no_image_or_hidden_is_left_out_of_a_folder(tmp_path):
    (tmp_path / ".cache").mkdir()
    for name in ("a.jpg", "._a.jpg", ".cache/b.jpg"):
        save(tmp_path / name)
    (tmp_path / "labels.csv").write_text("file,plate\n")
    assert names(tmp_path) == ["a.jpg"]


def test_images_and_videos_of_one_folder_are_told_apart_by_content(tmp_path):
    save(tmp_path / "a.mp4")
    video(tmp_path / "b.mp4").rename(tmp_path / "b.jpg")
    kinds = [type(source) for source in find_sources(tmp_path)]
    assert kinds == [ImageFile, VideoFile]
    assert [source.moving for source in find_sources(tmp_path)] == [False, True]


def test_a_folder_without_images_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    assert "no image or video in this folder" in refusal(tmp_path)


def test_one_bad_file_of_a_folder_is_reported_and_the_others_go_on(tmp_path):
    save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_text("not a picture")
    (tmp_path / "c.jpg").symlink_to(tmp_path / "gone.jpg")
    os.mkfifo(tmp_path / "d.jpg")
    (tmp_path / "e.jpg").symlink_to(tmp_path / "e.jpg")
    save(tmp_path / "f.jpg")
    good, problems = [], []
    for source in find_sources(tmp_path):
        try:
            good += [Path(frame.source).name for frame in source.frames()]
        except InputError as problem:
            problems.append(problem.message.removeprefix(f"{tmp_path}/").split(":")[0])
    assert good == ["a.jpg", "f.jpg"]
    assert problems == ["b.jpg", "c.jpg", "d.jpg", "e.jpg"]


def test_links_between_folders_do_not_go_round_for_ever(tmp_path):
    save(tmp_path / "a.jpg")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path) == ["a.jpg"]


def test_hostile_names_are_read_and_shown_without_harm(tmp_path):
    hostile = [
        b"line\nbreak.jpg",
        b"\x1b[2Jclear.jpg",
        b"\xff\xfe.jpg",
        "été 車.jpg".encode(),
        b"%d.jpg",
        b"-rf.jpg",
    ]
    for name in hostile:
        save(Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)))
    shown = [frame.source for source in find_sources(tmp_path) for frame in source.frames()]
    assert len(shown) == len(hostile)
    assert all(name.isprintable() for name in shown)
    assert f"{tmp_path}/été 車.jpg" in shown
    assert f"{tmp_path}/line\\nbreak.jpg" in shown


def test_a_folder_that_may_not_be_read_is_reported(tmp_path, monkeypatch):
    save(tmp_path / "a.jpg")
    (tmp_path / "secret").mkdir()
    scandir = os.scandir

    def guarded(path):
        if Path(path).name == "secret":  # root, who runs some test machines, may read everything
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    good, bad = find_sources(tmp_path)
    assert good.path.name == "a.jpg"
    with pytest.raises(InputError, match="secret: cannot be read: Permission denied"):
        list(bad.frames())


# --- videos ------------------------------------------------------------------------------------------------------


def test_a_video_comes_frame_by_frame_with_its_times(tmp_path):
    (source,) = find_sources(video(tmp_path / "v.mp4"), taken_at=NOON)
    frames = list(source.frames())
    assert source.frame_count == len(frames) == 20
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.taken_at - NOON for frame in frames] == [timedelta(seconds=n / 10) for n in range(20)]
    assert [round(float(frame.image.mean()) / 10) for frame in frames] == list(range(20))


def test_a_video_without_a_given_time_ended_when_its_file_was_closed(tmp_path):
    path = video(tmp_path / "v.mp4")
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    first, *_, last = find_sources(path)[0].frames()
    assert first.taken_at == NOON - timedelta(seconds=2)
    assert last.taken_at == NOON - timedelta(seconds=0.1)


def test_a_stride_leaves_out_frames_and_keeps_their_times(tmp_path):
    (source,) = find_sources(video(tmp_path / "v.mp4"), taken_at=NOON, stride=7)
    frames = list(source.frames())
    assert [frame.index for frame in frames] == [0, 7, 14]
    assert source.frame_count == 3
    assert frames[2].taken_at == NOON + timedelta(seconds=1.4)


def test_a_stride_below_one_is_refused(tmp_path):
    with pytest.raises(InputError, match="stride of 0"):
        find_sources(video(tmp_path / "v.mp4"), stride=0)


@pytest.mark.parametrize(
    ("suffix", "code"), [("avi", "MJPG"), ("mkv", "mp4v"), ("mov", "mp4v"), ("webm", "VP80")]
)
def test_the_usual_containers_are_read_to_their_end(tmp_path, suffix, code):
    frames, problem = what_comes(video(tmp_path / f"v.{suffix}", code=code))
    assert (len(frames), problem) == (20, "")


@pytest.mark.parametrize("code", ["MJPG", "XVID"])
def test_a_video_that_ends_mid_frame_gives_what_decodes_and_then_says_so(tmp_path, code):
    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*code), 10, (160, 120))
    random = np.random.default_rng(3)
    for _ in range(20):
        writer.write(random.integers(0, 255, (120, 160, 3), dtype=np.uint8))
    writer.release()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    frames, problem = what_comes(path)
    assert 4 <= len(frames) <= 14
    assert f"ends early, after {len(frames)} of 20 frames" in problem


def test_a_video_cut_before_its_index_is_refused(tmp_path):
    path = video(tmp_path / "v.mp4")  # the index of an MP4 is written at its end
    path.write_bytes(path.read_bytes()[:-200])
    assert "cut off or broken" in refusal(path)
    assert find_sources(path)[0].frame_count == 0


def test_a_playlist_does_not_lead_elsewhere(tmp_path):
    video(tmp_path / "other.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile other.mp4\n")
    (tmp_path / "list.mkv").write_text("#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n")
    for name in ("list.mp4", "list.mkv"):
        assert "neither an image" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", [b"\xff.mp4", b"http:%2d.mp4", b"frame_%03d.mp4"])
def test_a_video_of_any_name_is_read(tmp_path, name):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    video(tmp_path / "v.mp4").rename(odd)
    assert len(what_comes(odd)[0]) == 20


def test_the_street_clip_is_read_whole(shared):
    (source,) = find_sources(shared / "video" / "street-es.mp4", taken_at=NOON, stride=29)
    frames = list(source.frames())
    assert len(frames) == source.frame_count == 14
    assert frames[0].image.shape == (432, 768, 3)
    assert abs((frames[-1].taken_at - NOON).total_seconds() - 377 / 29.97) < 0.05
