"""A small neural network on curves of the numbers, embeddings of the levels, and images made of pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.balance import prior, shares, weighed_up
from interlock.develop.candidates.candidate import Fitted, Limits, Recorded, Trial, setting_of
from interlock.develop.candidates.descent import Course, descend, one_core
from interlock.develop.candidates.layers import Convolution, Dense, Embeddings, Weights
from interlock.develop.candidates.memory import draw_memory, fading, memories
from interlock.develop.candidates.network_model import NetworkModel, Setting, cells_of
from interlock.develop.candidates.tree_model import standard
from interlock.develop.prepare.grid import Grid
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.prepare.ramps import Ramps
from interlock.develop.prepare.standardise import Standardise
from interlock.develop.prepare.step import Options
from interlock.develop.sample import Sample

__all__ = ["Network"]

_MOST_ROWS = 200_000
_RARE = 0.1
_SEEN = 600_000  # rows that are learned from, counted as often as they are seen, where epochs are not given
_EPOCHS = (12, 40)
_SHORTER = 10  # so many times fewer where there are images, each of which takes long
_BATCH = (32, 256)
_BATCHES = 100  # of an epoch, at least, where rows are few
_WIDEST = 16  # embedding
_RAMPS = 32  # of one number, at most
_AT_ONCE = 2000  # watched rows
_LEAST_PIXELS = 16
_SMALLEST = 8  # side of a grid that is still convolved again

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """A network of torch: two hidden layers, and convolutions before them where pixels are among the columns.

    It learns from at most 200,000 rows, drawn at random.
    """

    name: str = "network"
    description: str = "a small neural network on curves, embeddings of levels, and convolutions of images"
    needs: str = "torch"

    def settings(self, train: Sample) -> tuple[Setting, ...]:
        """Return the plain one, and forgetful ones where there is a time."""
        return (Setting(), *(Setting(memory=each) for each in memories(train)))

    def offered(self, contract: Contract) -> bool:
        """Tell whether it is compared where nobody asked for it: where there are images."""
        return Grid.find([column.name for column in contract.numbers]) is not None

    def suggest(self, trial: Trial, train: Sample) -> Setting:
        """Draw every field but the epochs; the balance only where a class is rare."""
        rare = train.task != "regression" and shares(train).min() < _RARE
        return Setting(
            width=trial.suggest_int("width", 32, 256, log=True),
            layers=trial.suggest_int("layers", 1, 3),
            dropout=trial.suggest_float("dropout", 0.0, 0.5),
            speed=trial.suggest_float("speed", 5e-4, 1e-2, log=True),
            decay=trial.suggest_float("decay", 1e-3, 0.3, log=True),
            filters=trial.suggest_categorical("filters", (8, 16)) if _may_hold_images(train) else 8,
            balance=trial.suggest_float("balance", 0.0, 0.5) if rare else 0.0,
            memory=draw_memory(trial, train),
        )

    def fit(
        self,
        train: Sample,
        watched: Sample,
        contract: Contract,
        limits: Limits,
        setting: Setting | None = None,
    ) -> NetworkModel:
        """Learn as long as the watched rows get better."""
        return _learn(train, watched, contract, setting or Setting(), limits)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> NetworkModel:
        """Learn as many epochs in the chosen setting, or fewer if time is up."""
        return _learn(rows, None, contract, setting_of(fitted, Setting()), limits)


class _Batch(NamedTuple):
    """Tensors of torch: what the layers read of some rows; None for what there is not."""

    numbers: Any
    codes: Any
    cells: Any

    def take(self, rows: Any) -> _Batch:
        return _Batch(*(None if each is None else each[rows] for each in self))


def _learn(
    train: Sample, watched: Sample | None, contract: Contract, setting: Setting, limits: Limits
) -> NetworkModel:
    train = fading(_draw(train, limits.seed), setting.memory)
    weights, shift = weighed_up(train, setting.balance)
    empty, features = _empty(train, contract, setting)
    target = (train.target - empty.centre) / empty.scale
    with one_core(limits.seed) as torch:
        parameters = [torch.tensor(each, dtype=torch.float32) for each in _start(empty, train, limits.seed)]
        for each in parameters:
            each.requires_grad_(True)
        rows, shifted = _tensors(torch, empty, features), torch.tensor(shift, dtype=torch.float32)
        losses = _loss(torch, train.task, target, weights)
        places = _places(torch, empty)

        def loss(at: Any) -> Any:
            score = _forward(torch, empty, parameters, rows.take(at), places, setting.dropout)
            return losses(score + shifted, at)

        watch = None
        if watched is not None:
            aside = _tensors(torch, empty, empty.preparation.transform(watched))
            measured = (watched.target - empty.centre) / empty.scale
            aside_losses = _loss(torch, train.task, measured, watched.weights)

            def watch() -> float:
                with torch.no_grad():
                    everything = torch.arange(len(watched)).split(_AT_ONCE)
                    score = torch.cat(
                        [_forward(torch, empty, parameters, aside.take(at), places) for at in everything]
                    )
                    return float(aside_losses(score, torch.arange(len(watched))))

        course = _course(empty.chosen, len(train))
        within = replace(limits, rounds=setting.stop or limits.rounds)
        way = descend(parameters, loss, len(train), course, within, watch)
        learned = [each.detach().numpy() for each in parameters]
    # A rate that fell sooner than planned is to fall as soon when it is learned again.
    planned = way.epochs if way.hurried else empty.chosen.epochs
    chosen = replace(empty.chosen, epochs=planned, stop=way.epochs)
    return replace(_filled(empty, learned), chosen=chosen)


def _draw(train: Sample, seed: int) -> Sample:
    if len(train) <= _MOST_ROWS:
        return train
    return train.draw(np.sort(np.random.default_rng(seed).choice(len(train), _MOST_ROWS, replace=False)))


def _epochs(rows: int, grid: Grid | None) -> int:
    return int(np.clip(_SEEN // (_SHORTER if grid else 1) // rows, *_EPOCHS))


def _course(setting: Setting, rows: int) -> Course:
    batch = int(2 ** int(math.log2(np.clip(rows / _BATCHES, *_BATCH))))
    return Course(setting.epochs, batch, setting.speed, setting.decay, patience=max(3, setting.epochs // 2))


def _empty(train: Sample, contract: Contract, setting: Setting) -> tuple[NetworkModel, Features]:
    """Prepare the rows, and return a network whose weights have their shapes and are 0."""
    preparation, features = Preparation.learn(train, contract, Options(cyclic=True, seed=0))
    grid = Grid.find(preparation.names[: features.numbers.shape[1]])
    pixels = set(grid.known if grid else ())
    plain = tuple(at for at in range(features.numbers.shape[1]) if at not in pixels)
    if grid:
        grid = _scaled(grid, features.numbers[:, list(grid.known)])
    standardise = Standardise.fit(features.numbers[:, list(plain)])
    ramps = Ramps.fit(standardise.transform(features.numbers[:, list(plain)]), most=_RAMPS)
    setting = replace(setting, epochs=setting.epochs or _epochs(len(train), grid))
    sizes = tuple(levels.size for levels in preparation.levels)
    embeddings = _embeddings(sizes) if sizes else None
    convolutions = tuple(_convolutions(grid, setting.filters)) if grid else ()
    width = standardise.width + ramps.width + (len(embeddings.columns) if embeddings else 0)
    width += cells_of(convolutions)
    ends = [width, *[setting.width] * setting.layers, train.width]
    layers = tuple(Dense(_zeros(*pair), _zeros(pair[1])) for pair in pairwise(ends))
    centre, scale = standard(train)
    model = NetworkModel(
        preparation,
        plain,
        standardise,
        ramps,
        grid,
        convolutions,
        embeddings,
        layers,
        train.task,
        setting,
        centre,
        scale,
    )
    return model, features


def _scaled(grid: Grid, pixels: Floats) -> Grid:
    known = pixels[np.isfinite(pixels)]
    if not len(known):
        return grid
    low, high = float(known.min()), float(known.max())
    return replace(grid, low=low, high=high, mean=float(known.mean()), scale=float(known.std()) or 1.0)


def _embeddings(sizes: tuple[int, ...]) -> Embeddings:
    widths = tuple(min(_WIDEST, 1 + math.ceil(size**0.5)) for size in sizes)
    total = sum(size * width for size, width in zip(sizes, widths, strict=True))
    return Embeddings(sizes, widths, _zeros(total))


def _convolutions(grid: Grid, filters: int) -> Iterator[Convolution]:
    """Yield two convolutions, and more until the grid is small."""
    height, width, channels = grid.height, grid.width, grid.channels
    count = 0
    while min(height, width) >= 2 and (count < 2 or max(height, width) > _SMALLEST):
        yield Convolution(height, width, _zeros(9 * channels, filters), _zeros(filters))
        height, width, channels, filters, count = height // 2, width // 2, filters, 2 * filters, count + 1


def _zeros(*shape: int) -> Weights:
    return Weights.of(np.zeros(shape))


def _matrices(model: NetworkModel) -> list[Weights]:
    """Return what is learned, in the order in which `_forward` takes it."""
    tables = [model.embeddings.table] if model.embeddings else []
    kernels = [each for layer in model.convolutions for each in (layer.kernel, layer.bias)]
    return [*tables, *kernels, *(each for layer in model.layers for each in (layer.weights, layer.bias))]


def _filled(model: NetworkModel, learned: list[NDArray[np.float32]]) -> NetworkModel:
    """Put weights into a network, in the same order."""
    rest = iter([Weights.of(each) for each in learned])
    embeddings = replace(model.embeddings, table=next(rest)) if model.embeddings else None
    convolutions = tuple(replace(each, kernel=next(rest), bias=next(rest)) for each in model.convolutions)
    layers = tuple(Dense(next(rest), next(rest)) for _ in model.layers)
    return replace(model, embeddings=embeddings, convolutions=convolutions, layers=layers)


def _start(model: NetworkModel, train: Sample, seed: int) -> list[Floats]:
    """Draw the first weights; the last layer's are 0, so that it begins at the shares of the classes.

    Source:
        He, Zhang, Ren and Sun (2015), Delving Deep into Rectifiers, ICCV.
    """
    random = np.random.default_rng(seed)
    drawn = []
    for each in _matrices(model):
        if len(each.shape) == 2:
            drawn.append(random.normal(size=each.shape) * np.sqrt(2 / each.shape[0]))
        elif model.embeddings and each is model.embeddings.table:
            drawn.append(random.normal(size=each.shape) * 0.3)
        else:
            drawn.append(np.zeros(each.shape))
    return [*drawn[:-2], 0 * drawn[-2], np.maximum(prior(train), -12.0)]


def _tensors(torch: Any, model: NetworkModel, features: Features) -> _Batch:
    numbers = codes = cells = None
    if model.plain:
        scaled = model.standardise.transform(features.numbers[:, list(model.plain)])
        lines = np.concatenate([scaled, model.ramps.transform(scaled)], axis=1)
        numbers = torch.from_numpy(lines.astype(np.float32))
    if model.embeddings:
        codes = torch.from_numpy(features.codes)
    if model.grid:
        flat = model.grid.transform(features.numbers).astype(np.float32)
        shape = (len(flat), model.grid.height, model.grid.width, model.grid.channels)
        cells = torch.from_numpy(np.ascontiguousarray(flat.reshape(shape).transpose(0, 3, 1, 2)))
    return _Batch(numbers, codes, cells)


def _places(torch: Any, model: NetworkModel) -> Any:
    """Return what `Embeddings.places` reads, as tensors."""
    found = model.embeddings
    if found is None:
        return None
    return tuple(torch.from_numpy(each) for each in (found.columns, found.strides, found.starts))


def _forward(
    torch: Any, model: NetworkModel, parameters: list[Any], rows: _Batch, places: Any, dropout: float = 0.0
) -> Any:
    """Compute the score of some rows, before it is spread; units are left out where `dropout` is above 0."""
    functional, rest, blocks = torch.nn.functional, iter(parameters), []
    if rows.numbers is not None:
        blocks.append(rows.numbers)
    if rows.codes is not None:
        columns, strides, starts = places
        at = rows.codes[:, columns] * strides + starts
        blocks.append(functional.embedding(at, next(rest)[:, None])[:, :, 0])
    if rows.cells is not None:
        cells = rows.cells
        for layer in model.convolutions:
            # [9 * in, out], with the channel last of the nine, as torch wants it: [out, in, 3, 3].
            kernel = next(rest).reshape(3, 3, layer.channels, -1).permute(3, 2, 0, 1)
            cells = functional.max_pool2d(functional.conv2d(cells, kernel, next(rest), padding=1).relu(), 2)
        blocks.append(cells.permute(0, 2, 3, 1).flatten(1))
    values = torch.cat(blocks, dim=1)
    for _ in model.layers[:-1]:
        weights, bias = next(rest), next(rest)
        values = functional.dropout(torch.addmm(bias, values, weights).relu(), dropout, training=dropout > 0)
    weights, bias = rest
    return torch.addmm(bias, values, weights)


def _loss(torch: Any, task: Task, target: Floats, weights: Floats | None) -> Any:
    """Return a function from the scores of some rows and their numbers to their mean loss."""
    functional = torch.nn.functional
    share = np.ones(len(target)) if weights is None else weights / weights.mean()
    counts = torch.tensor(share, dtype=torch.float32)
    wanted = torch.tensor(target, dtype=torch.long if task == "multiclass" else torch.float32)

    def mean(score: Any, at: Any) -> Any:
        if task == "multiclass":
            each = functional.cross_entropy(score, wanted[at], reduction="none")
        elif task == "binary":
            each = functional.binary_cross_entropy_with_logits(score[:, 0], wanted[at], reduction="none")
        else:
            each = (score[:, 0] - wanted[at]) ** 2
        return (each * counts[at]).mean()

    return mean


def _may_hold_images(train: Sample) -> bool:
    return bool(train.numbers.shape[1] >= _LEAST_PIXELS)
