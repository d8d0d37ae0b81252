"""AutoGluon with one of its presets; it makes features of text and timestamps itself."""

import shutil

import pandas as pd
from autogluon.tabular import TabularPredictor
from job import CORES, Job

METRICS = {"AUC": "roc_auc", "log loss": "log_loss", "RMSE": "root_mean_squared_error"}

job = Job()
train, test = job.train, job.test
whole, slim = job.result / "autogluon", job.result / "deployed"
shutil.rmtree(whole, ignore_errors=True)
shutil.rmtree(slim, ignore_errors=True)


def learn():
    predictor = TabularPredictor(
        label=job.target,
        problem_type=job.task,
        eval_metric=METRICS[job.problem["metric"]],
        path=str(whole),
        verbosity=1,
    )
    more = {} if job.option == "medium_quality" else {"dynamic_stacking": False}
    return predictor.fit(
        train, presets=job.option, time_limit=job.seconds, num_cpus=CORES, num_gpus=0, **more
    )


predictor = job.fit(learn)
predictor.clone_for_deployment(str(slim))
deployed = TabularPredictor.load(str(slim))
size = sum(file.stat().st_size for file in slim.rglob("*") if file.is_file())
deployed.persist()
ask = deployed.predict if job.regression else deployed.predict_proba
answer = ask(test)
job.one_row(lambda row: ask(pd.DataFrame([row])))
classes = None if job.regression else list(answer.columns)
job.hand_in(answer.to_numpy(), size=size, classes=classes, note=deployed.model_best)
shutil.rmtree(whole, ignore_errors=True)
shutil.rmtree(slim, ignore_errors=True)
