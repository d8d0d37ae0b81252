from __future__ import annotations

import ast
from pathlib import Path

import interlock.errors
from interlock.errors import InterlockError, TamperedError


def test_every_error_has_the_one_root_and_exits_with_two() -> None:
    for name in interlock.errors.__all__:
        error = getattr(interlock.errors, name)("what")
        assert isinstance(error, InterlockError)
        assert error.exit_code == 2


def test_the_text_says_what_where_got_and_next() -> None:
    error = TamperedError("a file differs", where="model.onnx", got="sha256:00", next_step="fetch it again")
    assert str(error).splitlines() == [
        "a file differs",
        "  where: model.onnx",
        "  got: sha256:00",
        "  next: fetch it again",
    ]


def test_a_long_value_is_shortened() -> None:
    assert len(InterlockError("x", got="y" * 10_000).got) == 300


def test_every_error_of_an_input_says_what_to_do_next() -> None:
    silent = [
        f"{path.name}:{call.lineno}"
        for path in Path(interlock.errors.__file__).parent.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "InputError"
        if "next_step" not in {keyword.arg for keyword in call.keywords}
    ]
    assert silent == []
