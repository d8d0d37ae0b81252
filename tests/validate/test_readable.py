import numpy as np
import pytest

from interlock.contract import MISSING, Checked, Checker, Column, Contract, Role, Type
from interlock.profile import Profile, Values
from interlock.validate.readable import Listed, Readable, copies, in_bytes, listed_values, looks_personal

CONTRACT = Contract(
    (
        Column("x", "number"),
        Column("y", "number"),
        Column("z", "integer"),
        Column("town", "category"),
        Column("note", "text"),
    )
)
N = 3000


def rows(seed: int = 0) -> dict[str, list[object]]:
    generator = np.random.default_rng(seed)
    return {
        "x": generator.normal(size=N).tolist(),
        "y": [None if each < 0.1 else each for each in generator.random(N).tolist()],
        "z": generator.integers(0, 50, N).tolist(),
        "town": generator.choice(np.array(["Oslo", "Rome"]), N).tolist(),
        "note": [f"the note about person number {place}" for place in range(N)],
    }


ROWS = rows()
TRAIN: Checked = Checker(CONTRACT).columns(ROWS)


def row(place: int, **changed: object) -> dict[str, object]:
    return {name: values[place] for name, values in ROWS.items()} | changed


def test_a_copied_row_is_found_and_so_is_one_that_is_hardly_changed() -> None:
    x = ROWS["x"][7]
    assert isinstance(x, float)
    golden = [
        row(3),
        row(7, x=x + 1e-4),
        row(9, x=5.0),
        row(11, town="Rome", note="another"),
        row(4, town=12),
    ]
    assert copies(CONTRACT, golden, TRAIN) == (1, 2)


def test_a_row_that_several_share_is_nobodys() -> None:
    doubled = {name: [*values, values[3]] for name, values in ROWS.items()}
    assert copies(CONTRACT, [row(3)], Checker(CONTRACT).columns(doubled)) == (0, 0)


def test_where_all_columns_have_few_values_a_match_tells_nothing() -> None:
    contract = Contract((Column("z", "integer"), Column("town", "category")))
    few = Checker(contract).columns({name: ROWS[name] for name in ("z", "town")})
    assert copies(contract, [{"z": ROWS["z"][0], "town": ROWS["town"][0]}], few) == (0, 0)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_rows_in_the_bytes_of_a_model_are_found(kind: type) -> None:
    numbers = TRAIN.numbers[np.isfinite(TRAIN.numbers).all(axis=1)]
    searched, found = in_bytes(b"head" + numbers.astype(kind).tobytes() + b"tail", TRAIN)
    assert searched == 300
    assert found == pytest.approx(0.9 * 300, abs=20)
    assert in_bytes(np.random.default_rng(1).bytes(1_000_000), TRAIN) == (300, 0)


def test_long_texts_in_the_bytes_of_a_model_are_found() -> None:
    assert in_bytes("\n".join(map(str, ROWS["note"])).encode(), TRAIN) == (300, 300)


def test_listed_values_count_the_rare_ones_whatever_the_role() -> None:
    names = ["Oslo", "Rome", "Lima", MISSING]
    codes = np.repeat([0, 1, 2], [100, 50, 3]).astype(np.int32)
    mails = np.array([f"p{place}@example.org" for place in range(3)], object)
    profile = Profile.of(
        {
            "town": Values("string", codes, dictionary=np.array(names, object)),
            "who": Values("string", (np.arange(153) % 3).astype(np.int32), dictionary=mails),
        }
    )
    contract = Contract(
        (
            Column("town", "category", levels=("Lima", "Oslo", "Rome")),
            Column("who", "category", role="ignore"),
        )
    )
    found = [
        (each.column, each.where, each.values, each.rare, each.personal, each.telling)
        for each in listed_values(contract, profile)
    ]
    assert found == [
        ("town", "contract.toml", 3, 1, (), 0),
        ("town", "profile.bin", 3, 1, (), 0),
        ("who", "profile.bin", 3, 0, ("e-mail address",), 0),
    ]


def told(kind: Type, role: Role, values: list[str]) -> list[tuple[str, int, int]]:
    """List a column of these values, of which one is in eight rows more."""
    codes = np.r_[np.arange(len(values)), np.zeros(8, int)].astype(np.int32)
    profile = Profile.of({"note": Values("string", codes, dictionary=np.array(values, object))})
    levels = tuple(sorted(values)) if kind == "category" and role == "feature" else None
    contract = Contract((Column("note", kind, role, levels=levels),))
    return [(each.where, each.values, each.telling) for each in listed_values(contract, profile)]


NINE = [f"pipe {place} in block {place % 7} leaks since the last storm" for place in range(960)]
MAILS = [f"p{place}@example.org" for place in range(960)]


@pytest.mark.parametrize(
    ("values", "telling"), [(NINE, 959), (MAILS, 959), ([f"AB{n}" for n in range(99)], 0)]
)
def test_rare_levels_that_are_sentences_or_like_persons_tell(values: list[str], telling: int) -> None:
    n = len(values)
    assert told("category", "feature", values) == [("contract.toml", n, telling), ("profile.bin", n, telling)]


@pytest.mark.parametrize(("kind", "role"), [("text", "feature"), ("text", "ignore"), ("category", "id")])
def test_what_the_release_withholds_is_not_listed(kind: Type, role: Role) -> None:
    for values in (NINE, MAILS):
        assert told(kind, role, values) in ([("profile.bin", 1, 0)], [])  # the one that nine rows share


def test_a_value_in_the_contract_and_in_the_profile_counts_once() -> None:
    lists = tuple(Listed("note", where, 9, 5, (), 4) for where in ("contract.toml", "profile.bin"))
    assert Readable(9, 9, 0, 0, 9, 0, 5, (*lists, Listed("who", "profile.bin", 3, 3, (), 3))).telling == 7


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ada.lovelace@example.co.uk", ("e-mail address",)),
        ("+44 20 7946 0958", ("telephone number",)),
        ("(030) 1234-5678", ("telephone number",)),
        ("0171/1234567", ("telephone number",)),
        ("United-States", ()),
        ("2013-10-01", ()),
        ("10011", ()),
        ("1,234,567.89", ()),
    ],
)
def test_what_looks_like_a_person(text: str, kinds: tuple[str, ...]) -> None:
    assert looks_personal(text) == kinds


def test_texts_that_many_rows_share_are_not_searched_for() -> None:
    contract = Contract((Column("note", "category"),))
    shared = Checker(contract).columns({"note": ["a level that many rows have"] * 900})
    assert in_bytes(b"a level that many rows have", shared) == (300, 0)
