"""FLAML's AutoML; text as TF-IDF, since it has no other use for it than as a category.

Classes are given by number: with names, its XGBoost refuses sparse rows.
"""

import pickle

import pandas as pd
from flaml import AutoML
from job import CORES, Job
from sklearn.feature_extraction.text import TfidfVectorizer

METRICS = {"AUC": "roc_auc", "log loss": "log_loss", "RMSE": "rmse"}

job = Job()
train, test = job.train, job.test
y = train.pop(job.target)
classes = None if job.regression else sorted(y.unique())
if classes:
    y = y.map(classes.index).astype(int)
words = TfidfVectorizer(min_df=3, max_features=20_000) if job.text else None


def plain(rows):
    if words:
        return words.transform(rows[job.text[0]])
    return rows


def learn():
    if words:
        words.fit(train[job.text[0]])
    model = AutoML()
    model.fit(
        plain(train),
        y,
        task="regression" if job.regression else "classification",
        metric=METRICS[job.problem["metric"]],
        time_budget=job.seconds,
        n_jobs=CORES,
        seed=0,
        verbose=0,
    )
    return model


model = job.fit(learn)
ask = model.predict if job.regression else model.predict_proba
job.one_row(lambda row: ask(plain(pd.DataFrame([row]))))
size = len(pickle.dumps((words, model)))
job.hand_in(ask(plain(test)), size=size, classes=classes, note=model.best_estimator)
