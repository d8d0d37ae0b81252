"""Interlock: the contract learned from a profile, then `develop`; judged by the compiled file alone."""

import time

import numpy as np
from job import Job

import interlock.contract as contracts
from interlock.contract import Checker
from interlock.develop import develop
from interlock.release.model import Model
from interlock.table import dataset, open_table, profile

job = Job()
begun = time.perf_counter()
table = open_table(str(job.folder / "train.parquet"))
declared = {"target": job.target, "time": job.problem["time"] or None, "task": job.task}
contract = contracts.learn(profile(table), **declared)
profiled = time.perf_counter() - begun
log = []


def tell(line):
    log.append(f"{time.perf_counter() - begun:7.1f} {line}")


found = job.fit(lambda: develop(table, contract, seconds=job.seconds, progress=tell))
(job.result / "log.txt").write_text("\n".join(log) + "\n")
(job.result / "model.onnx").write_bytes(found.model)
(job.result / "leaderboard.txt").write_text("\n".join(map(str, found.leaderboard)) + "\n")
model, checker = Model(found.model), Checker(contract)


def ask(row):
    checked = checker.row(row)
    return model.one(checked.numbers, checked.strings)


rows = dataset(open_table(str(job.folder / "test.parquet")), contract).checked
answer = model.predict(rows.numbers, rows.string_matrix())
if job.task == "binary":
    answer = np.stack([1 - answer, answer], axis=1)
job.one_row(ask)
classes = None if job.regression else contract.classes
job.hand_in(
    answer,
    size=len(found.model),
    classes=classes,
    note=found.winner,
    setting=found.best.setting,
    profiled=profiled,
    rejected=int(rows.rejected.sum()),
)
