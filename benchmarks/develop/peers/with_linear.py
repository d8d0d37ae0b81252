"""A linear model as people write it in scikit-learn."""

import pickle

import pandas as pd
from job import Job, calendar, strings
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def pipeline(job, frame):
    texts = job.text
    parts = [name for name in frame if name.endswith((" month", " weekday", " hour"))]
    coded = levels + parts
    numbers = [name for name in frame if name not in {*texts, *coded}]
    blocks = [(TfidfVectorizer(min_df=3, sublinear_tf=True), name) for name in texts]
    if coded:
        blocks.append((OneHotEncoder(handle_unknown="ignore", min_frequency=5), coded))
    if numbers:
        blocks.append((make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers))
    model = RidgeCV() if job.regression else LogisticRegression(max_iter=1000, C=10 if texts else 1)
    return make_pipeline(make_column_transformer(*blocks), model)


def plain(frame):
    frame = calendar(frame)
    for name in levels:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "missing")
    return frame


job = Job()
train, test = job.train, job.test
y = train.pop(job.target)
levels = [name for name in strings(calendar(train)) if name not in job.text]
model = job.fit(lambda: pipeline(job, plain(train)).fit(plain(train), y))
ask = model.predict if job.regression else model.predict_proba
job.one_row(lambda row: ask(plain(pd.DataFrame([row]))))
classes = None if job.regression else model.classes_
job.hand_in(ask(plain(test)), size=len(pickle.dumps(model)), classes=classes)
