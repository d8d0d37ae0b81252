"""Interlock: the contract learned from a profile, then `develop`; judged by the compiled file alone."""

import time

import numpy as np
from job import Job

import interlock.contract as contracts
from interlock.contract import Checker
from interlock.develop import develop
from interlock.release.model import Model
from interlock.table import dataset, open_table, profile

SIZE_MB = 5.0


def main():
    job = Job()
    begun = time.perf_counter()
    table = open_table(str(job.folder / "train.parquet"))
    declared = {"target": job.target, "time": job.problem["time"] or None, "task": job.task}
    contract = contracts.learn(profile(table), **declared)
    profiled = time.perf_counter() - begun
    log = []

    def tell(line):
        log.append(f"{time.perf_counter() - begun:7.1f} {line}")

    found = job.fit(lambda: develop(table, contract, seconds=job.seconds, size_mb=SIZE_MB, progress=tell))
    board = [
        f"{each.name} {each.score.value:.6g} {each.seconds:.1f} s {each.setting}"
        for each in found.leaderboard
    ]
    (job.result / "log.txt").write_text("\n".join([*log, *board, *found.notes]) + "\n")
    (job.result / "model.onnx").write_bytes(found.model)
    model, checker = Model(found.model), Checker(contract)

    def ask(row):
        checked = checker.row(row)
        return model.one(checked.numbers, checked.strings)

    rows = dataset(open_table(str(job.folder / "test.parquet")), contract).checked
    answer = model.predict(rows.numbers, rows.string_matrix())
    if job.task == "binary":
        answer = np.stack([1 - answer, answer], axis=1)
    job.one_row(ask)
    job.hand_in(
        answer,
        size=len(found.model),
        classes=None if job.regression else contract.classes,
        note=found.winner,
        setting=found.best.setting,
        profiled=profiled,
        rejected=int(rows.rejected.sum()),
    )


if __name__ == "__main__":  # trials run in processes of their own, which import this file
    main()
