"""Runs while the image is built: makes the installation small, proves it, and compiles what a service loads.

Usage: python prepare.py FOLDER, with `packages`, `release` and `interlock.toml` in it.
"""

import importlib
import importlib.util
import py_compile
import shutil
import sys
from pathlib import Path

# What no service reads. What is imported after all is found missing below, when the golden rows are replayed.
FOLDERS = (
    "bin",
    "numpy/_core/include",
    "numpy/_core/lib",
    "numpy/distutils",
    "numpy/f2py",
    "onnxruntime/backend",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
)
# libonnxruntime.so serves programs in C; Python's module has the same code inside.
FILES = ("onnxruntime/capi/libonnxruntime.so.*", "**/*.pyi", "**/*.h", "**/*.pxd", "**/*.a", "**/*.lib")
# What a service loads of an extra, where that is installed.
EXTRAS = (
    "grpc.aio",
    "joserfc.jwt",
    "obstore.store",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk.metrics.export",
    "opentelemetry.sdk.trace",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
)


def remove(packages: Path) -> None:
    """Remove what stands above, and the tests of every package."""
    for folder in [packages / name for name in FOLDERS] + [*packages.rglob("tests")]:
        if folder.is_dir():
            shutil.rmtree(folder)
    for pattern in FILES:
        for file in packages.glob(pattern):
            file.unlink()


def prove(folder: Path) -> None:
    """Load what `interlock serve` loads, and ask the model for its golden answers."""
    for module in (
        "interlock.cli",
        "interlock.serving",
        "interlock.serve.worker",
        "interlock.serve.supervisor",
    ):
        importlib.import_module(module)
    for module in EXTRAS:
        if importlib.util.find_spec(module.partition(".")[0]):
            importlib.import_module(module)
    from interlock.release import load, replay

    for release in (folder / "release").iterdir():
        largest = replay(load(release))
        sys.stdout.write(f"golden rows replayed in this image, largest difference {largest:.1e}\n")


def compile_loaded() -> None:
    """Write the bytecode of what is loaded now, bound to no file's time: a copied layer may change that."""
    sources = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    for source in sorted(each for each in sources if each.endswith(".py")):
        cache = importlib.util.cache_from_source(source)
        py_compile.compile(
            source, cache, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )


def main() -> None:
    """Do all three, and leave a folder for the ledger."""
    folder = Path(sys.argv[1])
    remove(folder / "packages")
    sys.dont_write_bytecode = True
    prove(folder)
    compile_loaded()
    ledger = folder / "ledger"
    ledger.mkdir()
    ledger.chmod(0o1777)  # whichever user the container gets may write here, as in /tmp
    Path(__file__).unlink()


if __name__ == "__main__":
    main()
