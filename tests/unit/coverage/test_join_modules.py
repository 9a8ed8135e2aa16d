"""Modules joined into one."""

import pytest

from stoppress.coverage.assets.join_modules import join_modules

LIVE = """/* Starts. */
import { add, LIMIT as limit } from "./parts/sum.js";
import "./other.js";

console.log(add(limit, 1));
"""
SUM = """import { ONE } from "../one.js";
export const LIMIT = 40;
export function add(a, b) { return a + b + ONE - ONE; }
"""
MODULES = {
    "edge/live.js": LIVE,
    "edge/parts/sum.js": SUM,
    "edge/one.js": "export const ONE = 1;\n",
    "edge/other.js": 'import { ONE } from "./one.js";\nONE;\n',
}


def test_each_module_is_joined_once_after_what_it_imports() -> None:
    joined = join_modules("edge/live.js", MODULES.__getitem__)
    starts = [line for line in joined.splitlines() if line.endswith("(() => {")]
    assert starts == [
        "const $edge_one_js = (() => {",
        "const $edge_parts_sum_js = (() => {",
        "const $edge_other_js = (() => {",
        "const $edge_live_js = (() => {",
    ]


def test_imported_and_exported_names_are_bound() -> None:
    joined = join_modules("edge/live.js", MODULES.__getitem__)
    assert "const { add, LIMIT: limit } = $edge_parts_sum_js;" in joined
    assert "return { LIMIT, add };" in joined
    assert "import " not in joined and "export " not in joined


@pytest.mark.parametrize(
    "text",
    [
        'import sum from "./sum.js";\n',
        'import * as sum from "./sum.js";\n',
        "export default 3;\n",
        "export { x };\n",
        'const x = import("./sum.js");\n',
    ],
)
def test_other_forms_are_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"edge/live\.js: only named imports"):
        join_modules("edge/live.js", {"edge/live.js": text}.__getitem__)


def test_circle_is_refused() -> None:
    modules = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    with pytest.raises(ValueError, match=r"in a circle: a\.js > b\.js > a\.js"):
        join_modules("a.js", modules.__getitem__)
