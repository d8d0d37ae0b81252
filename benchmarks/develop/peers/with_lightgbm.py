"""LightGBM as it comes, with its own categories; text as TF-IDF."""

import pickle

import lightgbm
import pandas as pd
from job import CORES, Job, calendar, strings
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer


class Features:
    def __init__(self, job, train):
        frame = calendar(train)
        self.texts = [(name, TfidfVectorizer(min_df=3).fit(frame[name])) for name in job.text]
        levels = [name for name in strings(frame) if name not in job.text]
        self.types = {name: pd.CategoricalDtype(frame[name].dropna().unique()) for name in levels}

    def __call__(self, rows):
        frame = calendar(rows)
        if self.texts:
            return sparse.hstack([words.transform(frame[name]) for name, words in self.texts], format="csr")
        return frame.astype(self.types)


job = Job()
train, test = job.train, job.test
y = train.pop(job.target)
kind = lightgbm.LGBMRegressor if job.regression else lightgbm.LGBMClassifier


def learn():
    features = Features(job, train)
    return features, kind(n_jobs=CORES, verbosity=-1).fit(features(train), y)


features, model = job.fit(learn)
ask = model.predict if job.regression else model.predict_proba
job.one_row(lambda row: ask(features(pd.DataFrame([row]))))
classes = None if job.regression else model.classes_
job.hand_in(ask(features(test)), size=len(pickle.dumps((features, model))), classes=classes)
