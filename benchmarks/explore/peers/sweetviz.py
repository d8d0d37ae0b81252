"""Sweetviz without its pairs and without a target, which may not have gaps: `sweetviz.py TABLE REPORT`."""

import sys
import warnings

warnings.filterwarnings("ignore")
sys.path.pop(0)  # this folder, where this file has the library's name

import pandas as pd  # noqa: E402
import sweetviz  # noqa: E402

source, report = sys.argv[1:]
read = pd.read_parquet if source.endswith(".parquet") else pd.read_csv
parsed = {} if source.endswith(".parquet") else {"parse_dates": ["time_hour"]}
sweetviz.analyze(read(source, **parsed), pairwise_analysis="off").show_html(report, open_browser=False)
