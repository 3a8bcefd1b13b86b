"""Pictures show the numbers that they are given."""

import base64
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from made_attention import KEYS, record
from mma_eval.attention.by_clip import BootstrapEstimate
from mma_eval.report.pictures.heat_maps import columns_of, confusion_map, head_map, token_map
from mma_eval.report.pictures.lines import Line, panel
from mma_eval.report.pictures.palette import CONFUSION_COLOURS, MODALITY_COLOURS

SVG = "{http://www.w3.org/2000/svg}"


def _around(values: list[float], by: float = 0.1) -> BootstrapEstimate:
    centre = np.array(values, float)
    return BootstrapEstimate(centre, centre - by, centre + by, 10, np.full(centre.shape, 10))


def _line(values: list[float], **changed: object) -> Line:
    return Line(**({"name": "aligned", "numbers": _around(values), "colour": "#0072b2"} | changed))


def _places(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def _pixels(picture: ElementTree.Element) -> np.ndarray:
    data = picture.attrib["href"].removeprefix("data:image/png;base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_a_curve_goes_through_its_numbers() -> None:
    root = ElementTree.fromstring(panel([_line([0, 1, 0.5, -1])], "words", y_name="d"))
    (curve,) = root.iter(f"{SVG}polyline")
    places = _places(curve.attrib["points"])
    x, y = np.array(places).T
    assert np.diff(x) == pytest.approx(np.full(3, x[1] - x[0]), abs=0.2)
    assert (y - y[0]) / (y[1] - y[0]) == pytest.approx([0, 1, 0.5, -1], abs=0.01)
    zero = [
        line
        for line in root.iter(f"{SVG}line")
        if line.get("stroke-opacity") == "0.55" and line.attrib["y1"] == line.attrib["y2"]
    ]
    assert float(zero[0].attrib["y1"]) == pytest.approx(y[0], abs=0.1)  # the strong rule is at 0


def test_the_band_is_the_interval() -> None:
    root = ElementTree.fromstring(panel([_line([0, 1, 2])], "words", y_name="d"))
    (curve,), (band,) = root.iter(f"{SVG}polyline"), root.iter(f"{SVG}polygon")
    y = [place[1] for place in _places(curve.attrib["points"])]
    edge = [place[1] for place in _places(band.attrib["points"])]
    tenth = (y[0] - y[1]) / 10
    assert edge == pytest.approx(
        [y[0] - tenth, y[1] - tenth, y[2] - tenth, y[2] + tenth, y[1] + tenth, y[0] + tenth], abs=0.2
    )


def test_what_is_undefined_is_a_gap_and_no_interval_no_band() -> None:
    gap = panel([_line([0.0, 1.0, np.nan, 1.0, 2.0])], "words", y_name="d")
    assert gap.count("<polyline") == 2
    assert "nan" not in gap
    nothing, one = np.full(3, np.nan), np.ones(3, int)
    bare = panel(
        [_line([], numbers=BootstrapEstimate(np.array([0.0, 1.0, 2.0]), nothing, nothing, 1, one))], "words", y_name="d"
    )
    assert "<polygon" not in bare
    assert "<polyline" in bare
    assert "nan" not in panel(
        [_line([], numbers=BootstrapEstimate(nothing, nothing, nothing, 1, one))], "words", y_name="d"
    )


def test_heads_are_points_side_by_side_with_whiskers() -> None:
    lines = [_line([0, 1]), _line([1, 2], name="misaligned", colour="#d55e00", dashed=True)]
    root = ElementTree.fromstring(panel(lines, "words", y_name="d", by="head"))
    assert not list(root.iter(f"{SVG}polyline"))
    whiskers = [
        (float(e.attrib["x1"]), e.attrib["stroke"]) for e in root.iter(f"{SVG}line") if e.get("stroke-width") == "1.8"
    ]
    assert [colour for _, colour in whiskers] == ["#0072b2"] * 2 + ["#d55e00"] * 2
    assert whiskers[0][0] < whiskers[2][0] < whiskers[1][0] < whiskers[3][0]


def test_a_mark_is_at_its_layer() -> None:
    at = BootstrapEstimate(np.array(2.0), np.array(1.5), np.array(2.5), 9, np.array(9))
    root = ElementTree.fromstring(panel([_line([0, 1, 2])], "words", y_name="d", marks=[Line("won", at, "#009e73")]))
    (curve,) = root.iter(f"{SVG}polyline")
    second = _places(curve.attrib["points"])[1][0]
    (down,) = [e for e in root.iter(f"{SVG}line") if e.get("stroke-dasharray") == "2 4"]
    assert float(down.attrib["x1"]) == pytest.approx(second, abs=0.1)


def test_names_cannot_break_the_picture() -> None:
    name = '<b>"&run</b>'
    root = ElementTree.fromstring(panel([_line([0, 1], name=name)], f"{name} said", y_name="d"))
    assert name in [text.text for text in root.iter(f"{SVG}text")]
    assert root.attrib["aria-label"] == f"{name} said"


def test_a_long_name_goes_on_in_a_line_below() -> None:
    name = "a-model+an-adapter-of-a-long-name-and-more-of-it, misaligned, 79 to 80 clips"
    root = ElementTree.fromstring(panel([_line([0, 1], name=name), _line([1, 2])], "words", y_name="d"))
    legend = [text for text in root.iter(f"{SVG}text") if text.get("fill-opacity") is None]
    assert " ".join(text.text or "" for text in legend) == f"{name} aligned"
    assert [float(text.attrib["y"]) for text in legend] == [16, 34, 52]
    assert all(float(text.attrib["x"]) + 6.6 * len(text.text or "") <= 400 for text in legend)


def test_the_map_of_heads_is_white_at_0_and_says_which_side() -> None:
    root = ElementTree.fromstring(head_map(np.array([[0.0, 1.0], [-1.0, np.nan]]), 1.0, "words"))
    pixels = _pixels(next(iter(root.iter(f"{SVG}image")))).astype(int)
    assert pixels.shape == (2, 2, 3)
    assert pixels[0, 0].min() > 235
    assert pixels[0, 1, 0] > pixels[0, 1, 2] + 60  # orange: more red than blue
    assert pixels[1, 0, 2] > pixels[1, 0, 1] + 40  # violet: more blue than green
    assert pixels[1, 1].tolist() == [128, 128, 128]


def test_a_confusion_matrix_has_each_count_in_its_row_and_column() -> None:
    counts = np.array([[6, 2, 0], [0, 0, 5], [0, 0, 0]])
    names = ["Bird", "<Cat> & dog", "Rain", "none named"]
    counts = np.hstack([counts, np.array([[0], [0], [1234]])])
    root = ElementTree.fromstring(confusion_map(counts, names[:3], names, "visual class", "words"))
    cells = [(float(e.attrib["x"]), float(e.attrib["y"]), e.attrib["fill"]) for e in root.iter(f"{SVG}rect")]
    assert [colour for *_, colour in cells] == [CONFUSION_COLOURS[k] for k in ("right", "wrong", "wrong", "none")]
    assert [float(e.attrib["fill-opacity"]) for e in root.iter(f"{SVG}rect")] == [0.78, 0.33, 1.0, 1.0]
    texts = [(e.text, float(e.attrib["x"]), float(e.attrib["y"]), e) for e in root.iter(f"{SVG}text")]
    assert [text for text, *_ in texts if (text or "").isdigit()] == ["6", "2", "5", "1234"]
    rows = {text: y for text, _, y, e in texts if text in names and "transform" not in e.attrib}
    columns = {text: x for text, x, _, e in texts if text in names and "transform" in e.attrib}
    assert list(rows) == names[:3]
    assert list(columns) == names
    for count, row, column in (("6", 0, 0), ("2", 0, 1), ("5", 1, 2), ("1234", 2, 3)):
        _, x, y, _ = next(found for found in texts if found[0] == count)
        assert y == pytest.approx(rows[names[row]], abs=1)
        assert x == pytest.approx(columns[names[column]], abs=5)


def test_tokens_are_drawn_in_their_order_under_their_modality() -> None:
    made = record(np.full((2, 1, 3), 1 / 3))
    attention = np.full((2, len(KEYS)), 1e-3, np.float32)
    attention[0, 7] = 0.5  # a token of the picture
    root = ElementTree.fromstring(token_map(replace(made, last_layer=attention), "words"))
    pixels = _pixels(next(iter(root.iter(f"{SVG}image")))).astype(int)
    assert pixels.shape == (2, len(KEYS), 3)
    assert pixels.sum(-1).argmax() == 7
    bands = [(e.attrib["fill"], float(e.attrib["width"])) for e in root.iter(f"{SVG}rect") if e.get("height") == "14"]
    names = {colour: name for name, colour in MODALITY_COLOURS.items()}
    assert [names[colour] for colour, _ in bands] == ["text", "video", "audio", "video", "audio", "text"]
    unit = bands[0][1] / 4
    assert [width / unit for _, width in bands] == pytest.approx([4, 12, 6, 12, 6, 10], abs=0.01)


def test_the_legend_has_each_modalitys_tokens_and_share_of_the_last_layer() -> None:
    made = record(np.array([[[0.0, 0.0, 1.0]], [[0.25, 0.05, 0.70]]]))  # the last layer's counts, not the first's
    drawn = token_map(made, "words")
    assert re.findall(r">(\w+: [\d,]+ tokens, [\d.]+ %)<", drawn) == [
        "video: 24 tokens, 25.0 %", "audio: 12 tokens, 5.0 %", "text: 14 tokens, 70.0 %",
    ]  # fmt: skip


@pytest.mark.parametrize(("tokens", "most"), [(50, 260), (5000, 260), (40_000, 260)])
def test_many_tokens_share_columns_but_never_with_another_modality(tokens: int, most: int) -> None:
    rng = np.random.default_rng(tokens)
    keys = np.repeat(rng.integers(0, 3, 12), tokens // 12 + 1)[:tokens].astype(np.int8)
    columns = columns_of(keys, most)
    assert [k.start for k in columns] == [0, *(k.stop for k in columns[:-1])]
    assert columns[-1].stop == tokens
    assert all(len(set(keys[k].tolist())) == 1 for k in columns)
    assert len(columns) == tokens if tokens <= most else 0.9 * most < len(columns) <= most
