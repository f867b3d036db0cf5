"""Pictures: scenes stay inside their bounds and readable, and both printers print every primitive."""

from __future__ import annotations

import math
import os
import random
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from listok.generators import figures
from listok.generators.exact import Fraction
from listok.generators.figures import Arrow, Box, Circle, Label, Line, Point, Polygon, Polyline, Scene
from listok.templates import latex, picture_latex, picture_svg

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
BARISTA = (
    (("x_1", "x_2", "x_3"), ("h_1", "h_2", "1"), ("y",)),
    figures.dense_edges(0, ((5, -2), (-60, -80), (HALF, 2))) + figures.dense_edges(1, ((1,), (Fraction(1, 5),), (4,))),
)


def gallery() -> dict[str, Scene]:
    """One scene from every helper, and one with every primitive in every style."""
    cell = (HALF, -HALF, 2)
    graph_nodes = (("x", 0), ("y", 0), ("x^2", 1), ("xy", 1), ("d", 2), ("f", 3))
    graph_edges = ((0, 2, "2x"), (0, 3, "y"), (1, 3, "x"), (2, 4, 1), (3, 4, 1), (4, 5, None), (0, 5, THIRD))
    every: list[figures.Primitive] = []
    for row, stroke in enumerate(("solid", "dashed", "thick")):
        y = 10.0 * row + 10
        every += [Line((1, y), (15, y + 3), stroke), Arrow((16, y), (30, y + 3), stroke)]  # type: ignore[arg-type]
        every.append(Polyline(((31, y), (36, y + 5), (45, y)), stroke))  # type: ignore[arg-type]
    for column, fill in enumerate(("none", "white", "light", "grey", "dark")):
        x = 10.0 * column + 5
        every += [Circle((x, 45), 3, fill), Box((x - 3, 50), 6, 4, fill)]  # type: ignore[arg-type]
        every.append(Polygon(((x - 3, 58), (x + 3, 58), (x, 62)), fill))  # type: ignore[arg-type]
    contents: tuple[figures.Content, ...] = (3, -HALF, THIRD, -THIRD, 0.25, r"\hat y^{(2)}_{11}")
    every += [Label((60, 10 + 6 * i), content) for i, content in enumerate(contents)]
    every += [Label((75, 10), "x_1", halo=True), Label((75, 20), Fraction(-7, 2), halo=True, size="small")]
    return {
        "network": figures.layered_network(*BARISTA, shapes=("circle", "box", "box")),
        "graph": figures.computation_graph(graph_nodes, graph_edges),
        "cell": figures.recurrent_cell("y_{t-1}", "h_t", r"\hat y_t", cell),
        "cell beside": figures.recurrent_cell("y_{t-1}", "h_t", r"\hat y_t", cell, beside=True),
        "named": figures.named_graph(
            (("x_1", "x_2"), ("h_1", "h_2", "one"), ("y",)),
            (("x_1", "h_1", 5), ("x_2", "h_1", HALF), ("x_2", "h_2", -2), ("h_1", "y", 1), ("h_2", "y", 3),
             ("one", "y", 4)),
            labels={"one": "1"}, shapes=("circle", "box"), beside=True,
        ),
        "shades": figures.shaded_grid(
            ((0, 1, 2), (3, 2, 1)), row_labels=("x_1", "x_2"), column_labels=("a", THIRD, "c^2")
        ),
        "unrolled": figures.unrolled_cell(("x_1", "x_2"), ("h_1", "h_2"), ("y_1", "y_2"), cell, start="h_0"),
        "pixels": figures.pixel_grid(((1, -20, HALF), (None, 0, "a")), marked=((0, 1),)),
        "plot": figures.function_plot(
            (figures.sampled(math.tanh, -3, 3),), ((0, 0, True), (1, 1, False)), (-3, 3), (-1, Fraction(3, 2)),
            dashed=(((-3, 1), (3, 1)),), labels=((2, HALF, r"\operatorname{th} t"),),
        ),
        "points": figures.points_plot(
            (((1, 1), (2, -1)), ((-1, -1),), ((0, 2),)), ((1, 1, 1),), (-3, 3), (-3, 3), shaded=((1, 1, 1), (1, -1, 0))
        ),
        "half-planes": figures.half_planes(((1, 2, 1), (1, -1, 1)), ((1, 2, 1), (-2, HALF, 0)), (-3, 4), (-3, 3)),
        "areas": figures.side_by_side(
            [figures.framed_areas([(((-9, -9), (9, -9), (9, 9)), "grey"), (((0, 0), (1, 0), (0, 1)), "white")],
                                  (-3, 3), (-3, 3))] * 5,
            "ABCDE",
        ),
        "every primitive": Scene(90, 65, tuple(every)),
    }


GALLERY = gallery()


def inside(scene: Scene) -> bool:
    return all(
        left >= 0 and bottom >= 0 and right <= scene.width + 0.011 and top <= scene.height + 0.011
        for left, bottom, right, top in map(figures.bounds, scene.items)
    )


def random_network(seed: int) -> Scene:
    """A network with 1 to 4 inputs, 1 to 3 hidden units, 1 or 2 outputs and constants at random."""
    rng = random.Random(seed)
    sizes = [rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 2)]
    layers = [[f"{'xhy'[k]}_{i}" for i in range(size)] for k, size in enumerate(sizes)]
    edges: list[figures.NetworkEdge] = []
    for k in range(2):
        constant = rng.random() < 0.5
        if constant:
            layers[k].append("1")
        weights = [
            [rng.choice((rng.randint(-99, 99), Fraction(rng.randint(-9, 9), 2))) for _ in range(sizes[k + 1])]
            for _ in layers[k]
        ]
        edges += figures.dense_edges(k, weights)
    shapes: list[figures.Shape] = ["circle", rng.choice(("circle", "box")), "box"]
    return figures.layered_network(layers, edges, shapes=shapes)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def distance(point: Point, line: Arrow) -> float:
    """From a point to an arrow, in millimetres."""
    (x0, y0), (x1, y1) = line.start, line.end
    t = ((point[0] - x0) * (x1 - x0) + (point[1] - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2)
    t = min(1.0, max(0.0, t))
    return math.hypot(point[0] - x0 - t * (x1 - x0), point[1] - y0 - t * (y1 - y0))


def weights_and_arrows(scene: Scene) -> list[tuple[Label, Arrow]]:
    labels = [item for item in scene.items if isinstance(item, Label) and item.halo]
    arrows = [item for item in scene.items if isinstance(item, Arrow)]
    return list(zip(labels, arrows, strict=True))


@pytest.mark.parametrize("name", GALLERY)
def test_scenes_stay_inside_their_bounds(name: str) -> None:
    scene = GALLERY[name]
    assert scene.width <= figures.MAX_WIDTH
    assert inside(scene)


@pytest.mark.parametrize("seed", range(60))
def test_labels_of_networks_stand_clear(seed: int) -> None:
    scene = random_network(seed)
    assert inside(scene)
    assert scene.width <= figures.MAX_WIDTH
    labels = [figures.bounds(item) for item in scene.items if isinstance(item, Label)]
    nodes = [figures.bounds(item) for item in scene.items if isinstance(item, Circle | Box)]
    weights = weights_and_arrows(scene)
    for index, box in enumerate(labels):
        assert not any(overlap(box, other) for other in labels[index + 1 :])
    for label, own in weights:
        assert not any(overlap(figures.bounds(label), node) for node in nodes)
        assert distance(label.at, own) < 0.05, "a weight stands on its own edge"
        assert all(distance(label.at, other) > 1.2 for _, other in weights if other != own), "and on no other"


@pytest.mark.parametrize("weights", [("w", "u", "v"), (HALF, Fraction(-7, 3), -12)])
@pytest.mark.parametrize("steps", [2, 3, 4])
def test_weights_of_recurrent_cells_stand_beside_their_arrows(steps: int, weights: tuple[figures.Content, ...]) -> None:
    into, around, out = weights
    names = [[f"{name}_{t}" for t in range(1, steps + 1)] for name in "xhy"]
    unrolled = figures.unrolled_cell(*names, (into, around, out), start="h_0")  # type: ignore[arg-type]
    cell = figures.recurrent_cell("x_t", "h_t", "y_t", (into, around, out), beside=True)
    for scene in (unrolled, cell):
        assert inside(scene)
        labels = [figures.bounds(item) for item in scene.items if isinstance(item, Label) and item.halo]
        assert len(labels) in (3, 3 * steps)
        nodes = [figures.bounds(item) for item in scene.items if isinstance(item, Circle | Box)]
        paths = [(item.start, item.end) for item in scene.items if isinstance(item, Arrow)]
        paths += [pair for item in scene.items if isinstance(item, Polyline) for pair in pairwise(item.points)]
        for index, label in enumerate(labels):
            assert not any(overlap(label, other) for other in (*nodes, *labels[index + 1 :]))
            assert not any(crosses(start, end, label) for start, end in paths)


def crosses(start: Point, end: Point, box: tuple[float, float, float, float]) -> bool:
    """Whether a segment runs through a rectangle, found by looking at many points of it."""
    points = [(start[0] + k / 200 * (end[0] - start[0]), start[1] + k / 200 * (end[1] - start[1])) for k in range(201)]
    return any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)


def test_a_weight_on_its_arrow_would_be_noticed() -> None:
    scene = figures.recurrent_cell("x_t", "h_t", "y_t", ("w", "u", "v"))
    straight = weights_and_arrows(scene)[::2]
    assert all(crosses(arrow.start, arrow.end, figures.bounds(label)) for label, arrow in straight)


def test_a_graph_by_names_is_the_network_by_places() -> None:
    layers, edges = BARISTA
    names = (("a", "b", "c"), ("h", "g", "one"), ("y",))
    labels = dict(zip((n for layer in names for n in layer), (n for layer in layers for n in layer), strict=True))
    named = [(names[a][i], names[b][j], weight) for a, i, b, j, weight in edges]
    assert figures.named_graph(names, named, labels=labels) == figures.layered_network(layers, edges)


@pytest.mark.parametrize(
    ("columns", "edge", "said"),
    [
        ((("x",), ("x",)), ("x", "x", 1), "two nodes named 'x'"),
        ((("x",), ("y",)), ("x", "z", 1), "an edge names 'z', but the graph has x, y"),
    ],
)
def test_wrong_names_of_a_graph_are_refused(
    columns: tuple[tuple[str, ...], ...], edge: figures.NamedEdge, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        figures.named_graph(columns, (edge,))


def test_shades_of_cells() -> None:
    scene = figures.shaded_grid(((0, 3), (1, 2)), row_labels=("a", "b"))
    boxes = [item for item in scene.items if isinstance(item, Box)]
    in_order = sorted(boxes, key=lambda box: (-box.corner[1], box.corner[0]))
    assert [box.fill for box in in_order] == ["white", "dark", "light", "grey"]
    for levels, labels in ((((0, 4),), ()), (((0, 1), (2,)), ()), (((0, 1),), ("a", "b"))):
        with pytest.raises(ValueError, match=r"level|equally long|labels"):
            figures.shaded_grid(levels, row_labels=labels)


def test_distance_would_notice_a_weight_at_a_crossing() -> None:
    crossing = Arrow((0, 0), (10, 10)), Arrow((0, 10), (10, 0))
    assert distance((5, 5), crossing[0]) == distance((5, 5), crossing[1]) == 0
    assert distance((0, 5), crossing[0]) > 3


def test_places_do_not_depend_on_the_weights() -> None:
    layers, edges = BARISTA
    others = [(a, i, b, j, 10 - k) for k, (a, i, b, j, _) in enumerate(edges)]
    others[0] = (*others[0][:4], -80)
    first, second = figures.layered_network(layers, edges), figures.layered_network(layers, others)
    places = [[item.at for item in scene.items if isinstance(item, Label)] for scene in (first, second)]
    assert places[0] == places[1]


def test_edge_past_a_node_is_bent_around_it() -> None:
    scene = figures.computation_graph((("a", 0), ("b", 1), ("c", 2)), ((0, 1, None), (1, 2, None), (0, 2, 5)))
    middle = next(item for item in scene.items if isinstance(item, Label) and item.content == "b")
    bow = next(item for item in scene.items if isinstance(item, Polyline))
    assert all(math.dist(point, middle.at) > figures.RADIUS for point in bow.points)


def test_opposite_edges_keep_apart() -> None:
    scene = figures.computation_graph((("a", 0), ("b", 1)), ((0, 1, 1), (1, 0, 2)))
    there, back = (item for item in scene.items if isinstance(item, Polyline))
    assert there.points[6][1] - back.points[6][1] > 5


def test_nodes_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="same place"):
        figures.computation_graph((("a", 0, 1), ("b", 0, 1)), ((0, 1, None),))


def test_dense_edges_skip_missing_weights() -> None:
    assert figures.dense_edges(1, ((7, None), (0, "w"))) == ((1, 0, 2, 0, 7), (1, 1, 2, 0, 0), (1, 1, 2, 1, "w"))


def test_curves_are_cut_off_at_the_window() -> None:
    curve = ((-2, -20), (0, 0), (2, 20))
    scene = figures.function_plot((curve,), (), (-2, 2), (-10, 10), size=(40, 40))
    (drawn,) = (item for item in scene.items if isinstance(item, Polyline))
    heights = [y for _, y in drawn.points]
    assert max(heights) - min(heights) == pytest.approx(40, abs=0.02)
    assert drawn.points[-1][0] - drawn.points[0][0] == pytest.approx(20, abs=0.02)


def test_shaded_region_is_the_common_part() -> None:
    scene = figures.half_planes((), (), (0, 4), (0, 4), shaded=((1, 0, 2), (0, 1, 3)), size=(40, 40))
    (region,) = (item for item in scene.items if isinstance(item, Polygon))
    xs, ys = {x for x, _ in region.points}, {y for _, y in region.points}
    assert max(xs) - min(xs) == pytest.approx(20, abs=0.02)
    assert max(ys) - min(ys) == pytest.approx(10, abs=0.02)


def test_areas_are_cut_off_at_the_frame() -> None:
    scene = figures.framed_areas([(((-9, 1), (9, 1), (9, 9), (-9, 9)), "grey")], (0, 4), (0, 4), size=(40, 40))
    (area,) = (item for item in scene.items if isinstance(item, Polygon))
    (frame,) = (item for item in scene.items if isinstance(item, Box))
    xs, ys = {x for x, _ in area.points}, {y for _, y in area.points}
    assert (max(xs) - min(xs), max(ys) - min(ys)) == (pytest.approx(40, abs=0.02), pytest.approx(30, abs=0.02))
    assert (min(xs), max(ys)) == (pytest.approx(frame.corner[0]), pytest.approx(frame.corner[1] + 40))


def test_pictures_stand_side_by_side_and_in_rows() -> None:
    one = figures.framed_areas([], (0, 1), (0, 1), size=(40, 40))
    scene = figures.side_by_side([one] * 5, "ABCDE")
    frames = [item.corner for item in scene.items if isinstance(item, Box)]
    captions = [item.at for item in scene.items if isinstance(item, Label)]
    assert [sum(y == other for _, other in frames) for y in sorted({y for _, y in frames})] == [2, 3]
    assert scene.width <= 150
    for (x, y), (left, bottom) in zip(captions, frames, strict=True):
        assert left < x < left + 40
        assert y < bottom


@pytest.mark.parametrize(("start", "end"), [(-3, 3), (0, 1), (-5, 5), (0, 100), (Fraction(-1, 5), Fraction(6, 5))])
def test_ticks_are_few_and_round(start: int, end: int) -> None:
    scene = figures.function_plot((), (), (start, end), (-3, 3), yticks=())
    ticks = [Fraction(item.content) for item in scene.items if isinstance(item, Label) and item.size == "small"]
    assert 3 <= len(ticks) <= 9
    assert {b - a for a, b in pairwise(ticks)} == {ticks[1] - ticks[0]}


def test_backward_ranges_and_empty_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="ranges"):
        figures.function_plot((), (), (1, 0), (0, 1))
    with pytest.raises(ValueError, match="coefficient"):
        figures.half_planes(((0, 0, 1),), (), (0, 1), (0, 1))


@pytest.mark.parametrize(("wider", "narrower"), [("10", "1"), ("x_{12}", "x_1"), (r"\max(0, h)", "h"), ("-5", "5")])
def test_label_size_grows_with_the_label(wider: str, narrower: str) -> None:
    assert figures.label_size(wider)[0] > figures.label_size(narrower)[0]
    assert figures.label_size(wider, "small")[0] < figures.label_size(wider)[0]


def test_index_and_power_share_their_place() -> None:
    assert figures.label_size("w^2_{11}")[0] == pytest.approx(figures.label_size("w_{11}")[0])


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("name", GALLERY)
def test_svg_is_well_formed_and_has_no_ids(name: str, lang: picture_svg.Language) -> None:
    root = ElementTree.fromstring(picture_svg.draw(GALLERY[name], lang))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not any("id" in element.attrib for element in root.iter())
    texts = [element for element in root.iter() if element.tag.endswith("text")]
    assert len(texts) == sum(isinstance(item, Label) for item in GALLERY[name].items)
    assert all("".join(text.itertext()).strip() for text in texts)


def svg_text(content: figures.Content, lang: picture_svg.Language = "en") -> str:
    return "".join(ElementTree.fromstring(f"<text>{picture_svg.label(content, lang)}</text>").itertext())


@pytest.mark.parametrize(
    ("content", "ru", "en"),
    [
        (HALF, "0,5", "0.5"),
        (-HALF, "−0,5", "−0.5"),
        (-THIRD, "−1/3", "−1/3"),
        (-7, "−7", "−7"),
        (0.25, "0,25", "0.25"),
        ("x_1", "x1", "x1"),
        (r"\frac{x + 1}{2}", "(x\u2009+\u20091)/2", "(x\u2009+\u20091)/2"),
        (r"a < b", "a\u2005<\u2005b", "a\u2005<\u2005b"),
        (r"\sigma(t)", "σ(t)", "σ(t)"),
        (r"\max(0, h)", "max(0,\u2009h)", "max(0,\u2009h)"),
        ("y_{t-1}", "yt−1", "yt−1"),
        (r"\hat y", "y\u0302", "y\u0302"),
        ("2^{-1}", "2−1", "2−1"),
    ],
)
def test_svg_labels(content: figures.Content, ru: str, en: str) -> None:
    assert (svg_text(content, "ru"), svg_text(content, "en")) == (ru, en)


def test_svg_scripts_return_to_the_baseline() -> None:
    shifts = re.findall(r'font-size="([\d.]+)%"[^>]*dy="([-\d.]+)em"', picture_svg.label("x_1^2", "en"))
    after = re.findall(r'<tspan dy="([-\d.]+)em">', picture_svg.label("x_1^2+1", "en"))
    assert len(shifts) == 2
    assert len(after) == 1
    assert sum(float(dy) * float(size) / 100 for size, dy in shifts) + float(after[0]) == pytest.approx(0, abs=0.02)


def test_latex_is_compact() -> None:
    text = picture_latex.draw(GALLERY["network"], latex.printer("ru").label)
    assert len(text) < 1600
    assert not re.search(r"\d\.\d*0[,)}]|\.[,)}]|e-", text), "no trailing zeros, no exponents"
    assert "0{,}5" in text


def test_a_dashed_curve_is_one_line_with_dashes_of_its_own() -> None:
    curve = Polyline(tuple((float(i), 0.0) for i in range(23)), "dashed")
    text = picture_latex.draw(Scene(22.0, 1.0, (curve, Line((0.0, 0.0), (1.0, 1.0)))), str)
    dashed = f"q [{picture_latex.DASH} {picture_latex.GAP}] 0 d 0 0 m 1 0 l "
    assert dashed in text
    assert text.count(" d ") == 1
    assert text.index(" Q ") < text.index("0 0 m 1 1 l S"), "the next line is not dashed"


@pytest.mark.skipif(shutil.which("pdflatex") is None and "CI" not in os.environ, reason="no pdflatex here")
def test_pictures_compile(tmp_path: Path) -> None:
    packages = "\\usepackage{amsmath,amssymb}"
    body = "\n\\par ".join(picture_latex.draw(scene, latex.printer("en").label) for scene in GALLERY.values())
    source = f"\\documentclass[11pt]{{article}}{packages}{latex.MACROS}\\begin{{document}}{body}\\end{{document}}"
    (tmp_path / "pictures.tex").write_text(source, encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "pictures.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120, check=False,
    )
    assert run.returncode == 0, run.stdout[-1500:]


def test_same_input_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
        "from test_figures import GALLERY, random_network, picture_svg\n"
        "import hashlib\n"
        "scenes = [*GALLERY.values(), *map(random_network, range(5))]\n"
        "print(hashlib.sha256(''.join(picture_svg.draw(s, 'ru') for s in scenes).encode()).hexdigest())\n"
    )
    here = Path(__file__).resolve()
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, str(here.parent), str(here.parent.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs != {""}


def test_numbers_at_axes_leave_a_grey_area_whole_where_no_line_runs_through_them() -> None:
    everything: list[figures.Area] = [(((-5, -5), (5, -5), (5, 5), (-5, 5)), "light")]
    scene = figures.half_planes([(2, -2, 3)], (), (-5, 5), (-5, 5), areas=everything)
    (line,) = [item for item in scene.items if isinstance(item, Line) and item.stroke == "dashed"]
    numbers = [item for item in scene.items if isinstance(item, Label) and not isinstance(item.content, str)]
    crossed = [item.content for item in numbers if crosses(line.start, line.end, figures.bounds(item))]
    assert 0 < len(crossed) < len(numbers)
    assert [item.content for item in numbers if item.halo] == crossed
