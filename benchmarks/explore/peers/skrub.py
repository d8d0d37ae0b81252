"""skrub's TableReport as it comes: `python skrub.py TABLE REPORT`."""

import sys
import warnings

warnings.filterwarnings("ignore")
sys.path.pop(0)  # this folder, where this file has the library's name

import pandas as pd  # noqa: E402
from skrub import TableReport  # noqa: E402

source, report = sys.argv[1:]
read = pd.read_parquet if source.endswith(".parquet") else pd.read_csv
parsed = {} if source.endswith(".parquet") else {"parse_dates": ["time_hour"]}
TableReport(read(source, **parsed), verbose=0).write_html(report)
