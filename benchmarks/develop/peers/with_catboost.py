"""CatBoost as it comes, with its own categories and its own text."""

import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from job import CORES, Job, calendar, strings


def plain(rows):
    frame = calendar(rows)
    for name in levels:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "missing")
    return frame


job = Job()
train, test = job.train, job.test
y = train.pop(job.target)
levels = [name for name in strings(calendar(train)) if name not in job.text]
kind = CatBoostRegressor if job.regression else CatBoostClassifier
options = {"cat_features": levels, "text_features": job.text, "thread_count": CORES}
model = job.fit(lambda: kind(**options, verbose=False, allow_writing_files=False).fit(plain(train), y))
ask = model.predict if job.regression else model.predict_proba
job.one_row(lambda row: ask(plain(pd.DataFrame([row]))))
saved = job.result / "model.cbm"
model.save_model(str(saved))
classes = None if job.regression else model.classes_
job.hand_in(ask(plain(test)), size=saved.stat().st_size, classes=classes)
