"""Reads Parquet files of chokepoint with the real pandas, polars and DuckDB.

    python tests/parquet_readers.py PATH/TO/chokepoint

Makes two small runs and some results in a temporary folder, reads them with each
library and holds row counts, column names, types, nulls and sums against the csv
that the program writes. The last line is `N passed, N failed`.
"""

import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

passed = failed = 0


def check(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: got {got!r}, want {want!r}")


def near(what, got, want, relative=1e-9):
    """The csv has twelve digits, and sums depend on their order."""
    close = got is not None and math.isclose(got, want, rel_tol=relative, abs_tol=1e-9)
    check(what, "near" if close else got, "near" if close else want)


def program(*args):
    return subprocess.run([binary, *args], check=True, capture_output=True, text=True).stdout


def rows_of(*args):
    return list(csv.DictReader(program(*args, "--format", "csv", "-q").splitlines()))


def with_pandas(pattern):
    folder, name = pattern.parent, pattern.name
    return pd.concat([pd.read_parquet(f) for f in sorted(folder.glob(name))], ignore_index=True)


def with_polars(pattern):
    return pl.read_parquet(pattern).to_pandas()


def with_duckdb(pattern):
    return duckdb.sql(f"select * from '{pattern.as_posix()}'").df()


readers = {"pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb}


def ranking(folder):
    draws, units = 90, ["gallium", "germanium", "rhodium"]
    run = folder / "ranking"
    program("batch", "new", *units, "--draws", str(draws), "--shards", "4", "-q", "-o", str(run))
    program("batch", "work", "-q", str(run))
    want = {r["commodity"]: r for r in rows_of("batch", "gather", str(run), "--table", "units")}
    for name, read in readers.items():
        t = read(run / "shards" / "*.parquet")
        check(f"{name}: columns of a ranking", list(t.columns), ["draw", "commodity", "expected_loss_musd", "rank"])
        check(f"{name}: types", [t["draw"].dtype.kind, t["expected_loss_musd"].dtype.kind, t["rank"].dtype.kind], ["i", "f", "i"])
        check(f"{name}: rows", len(t), draws * len(units))
        check(f"{name}: draws", sorted(t["draw"].unique().tolist()), list(range(draws)))
        check(f"{name}: nulls", int(t.isna().sum().sum()), 0)
        check(f"{name}: ranks of each draw", set(t.groupby("draw")["rank"].apply(lambda r: tuple(sorted(r)))), {(1, 2, 3)})
        for unit in units:
            x = t[t["commodity"] == unit]["expected_loss_musd"].to_numpy()
            near(f"{name}: mean of {unit}", float(x.mean()), float(want[unit]["mean"]))
            for column, p in [("p05", 0.05), ("p50", 0.5), ("p95", 0.95)]:
                near(f"{name}: {column} of {unit}", float(np.quantile(x, p)), float(want[unit][column]))
    # The whole folder as one table.
    check("pandas: the folder", len(pd.read_parquet(run / "shards")), draws * len(units))
    meta = pq.ParquetFile(run / "shards" / "00002.parquet").metadata
    check("created by", meta.created_by, "chokepoint version 1(build run)")
    columns = {c["Name"]: c["Unit"] for c in json.loads(meta.metadata[b"chokepoint.columns"])}
    check("unit in the metadata", columns["expected_loss_musd"], "million USD/yr")
    check("compression", meta.row_group(0).column(2).compression, "ZSTD")


def scenarios(folder):
    draws = 60
    run = folder / "scenarios"
    labels = ["gallium from CHN", "gallium,germanium from CHN", "gallium from CHN cut 5%"]
    program("batch", "new", "--scenario", "gallium --from CHN", "--scenario", "gallium,germanium --from CHN", "--scenario", "gallium --from CHN --cut 5%",
            "--draws", str(draws), "--shards", "3", "-q", "-o", str(run))
    program("batch", "work", "-q", str(run))
    want = {(r["scenario"], r["quantity"]): r for r in rows_of("batch", "gather", str(run))}
    parts = ["hit_gdp_musd", "users_price_gdp_musd", "producer_volume_gdp_musd", "producer_price_gdp_musd", "rest_gdp_musd"]
    for name, read in readers.items():
        t = read(run / "shards" / "*.parquet")
        check(f"{name}: columns of scenarios", list(t.columns), ["draw", "scenario", "loss_musd", *parts, "price_ratio", "use_cut"])
        check(f"{name}: rows of scenarios", len(t), draws * len(labels))
        check(f"{name}: labels", sorted(t["scenario"].unique().tolist()), sorted(labels))
        gap = (t["loss_musd"] + t[parts].sum(axis=1)).abs().max()
        check(f"{name}: loss is minus the parts", bool(gap < 1e-6), True)
        for label in labels:
            x = t[t["scenario"] == label]
            near(f"{name}: loss of {label}", float(x["loss_musd"].sum()), draws * float(want[label, "loss_musd"]["mean"]))
            for quantity in ["price_ratio", "use_cut"]:
                check(f"{name}: {quantity} of {label}, not null", int(x[quantity].notna().sum()), int(want[label, quantity]["draws"]))
        several = t[t["scenario"] == labels[1]]
        check(f"{name}: several markets have no price", int(several["price_ratio"].isna().sum()), draws)


def results(folder):
    for k, args in enumerate([
        ["rank", "gallium", "germanium", "rhodium"],
        ["rank", "gallium", "germanium", "--draws", "0"],
        ["scenario", "list"],
        ["disrupt", "gallium", "--from", "CHN", "--table", "uses"],
        ["disrupt", "gallium", "--from", "CHN", "--table", "industries"],
        ["disrupt", "gallium,germanium", "--from", "CHN"],
    ]):
        file = folder / f"result{k}.parquet"
        program(*args, "-q", "-o", str(file))
        want = rows_of(*args)
        what = " ".join(args)
        for name, read in readers.items():
            t = read(file)
            check(f"{name}: columns of {what}", list(t.columns), list(want[0]))
            check(f"{name}: rows of {what}", len(t), len(want))
            wrong = []
            for i, row in enumerate(want):
                for column, text in row.items():
                    cell = t[column].iloc[i]
                    if text == "":
                        same = pd.isna(cell) or cell == ""
                    elif isinstance(cell, str):
                        same = cell == text.removeprefix("'")
                    else:
                        same = not pd.isna(cell) and math.isclose(float(cell), float(text), rel_tol=1e-11)
                    if not same:
                        wrong.append((i, column, text, cell))
            check(f"{name}: cells of {what}", wrong[:3], [])
    t = pd.read_parquet(folder / "result1.parquet")
    check("numbers without draws are null", bool(t["p05"].isna().all()) and t["p05"].dtype.kind == "f", True)
    check("counts are whole numbers", pq.read_schema(folder / "result0.parquet").field("rank").type.__str__(), "int64")


if __name__ == "__main__":
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        for part in [ranking, scenarios, results]:
            try:
                part(pathlib.Path(name))
            except subprocess.CalledProcessError as e:
                failed += 1
                print(f"FAILED {part.__name__}: {' '.join(e.cmd)}\n{e.stderr}")
            except Exception as e:  # a reader that cannot read is a failure of its part
                failed += 1
                print(f"FAILED {part.__name__}: {type(e).__name__}: {e}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
