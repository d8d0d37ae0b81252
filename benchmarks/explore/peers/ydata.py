"""ydata-profiling, its fast form: `python ydata.py TABLE REPORT`."""

import sys
import warnings

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402
from ydata_profiling import ProfileReport  # noqa: E402

source, report = sys.argv[1:]
read = pd.read_parquet if source.endswith(".parquet") else pd.read_csv
parsed = {} if source.endswith(".parquet") else {"parse_dates": ["time_hour"]}
ProfileReport(read(source, **parsed), minimal=True, progress_bar=False).to_file(report, silent=True)
