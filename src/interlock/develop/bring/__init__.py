"""Models that others made: fitted here or finished, they pass the same parity gate, or are refused.

- `bring`: the door; `file`, `estimator`, `network`, `trees`, `xgboost_file`, `terms`: one module a kind.
- `foreign`: an ONNX file as a part of our graph; `ports` and `answers` match it with the contract.
"""

from interlock.develop.bring.bring import bring
from interlock.develop.bring.foreign import Foreign
from interlock.develop.bring.terms import Terms
from interlock.develop.bring.trees import BoosterFile
from interlock.develop.bring.xgboost_file import XgboostFile

__all__ = ["FITTED", "bring"]

#: The classes that a saved development may hold, by the name they are saved under.
FITTED: dict[str, type] = {
    "foreign": Foreign,
    "terms": Terms,
    "booster_file": BoosterFile,
    "xgboost_file": XgboostFile,
}
