"""Starts Spark, or takes the Spark that runs in this process already, with the settings that make it exact.

PySpark and Java are wanted only here and only when asked for; without them a user is told what to install.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yibao.engine.protocol import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Settings of a session on which equal results rest; nobody may set them otherwise.
EXACT: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",  # an overflow or an impossible cast stops the law instead of giving null
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # times of the ledger are local, without a zone
    "spark.sql.variable.substitute": "false",  # ${...} in a text is a text
    "spark.sql.caseSensitive": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",  # dates before 1582 as they are written
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}

#: Settings for tables of a few rows, as cases give: planning and compiling cost more there than the rows.
FEW_ROWS: Mapping[str, str] = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.lightweightPlanChangeValidation": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",  # each broadcast is a job of its own
    "spark.sql.join.preferSortMergeJoin": "false",
}

#: Java for a few minutes of many small statements: it compiles quickly rather than well, and collects what is young.
BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m -XX:NewSize=1g"


class SparkMissing(EngineError):
    """Spark cannot be started here."""


def start(master: str | None, memory: str | None, brief: bool, scratch: Path) -> tuple[SparkSession, bool]:
    """A running Spark, and whether it was started here (who starts it stops it).

    ``master`` is a Spark URL (default: that of spark-submit or spark-defaults.conf, else all cores of this machine);
    ``memory`` such as ``2g`` is the driver's; ``brief`` is for many small statements. The driver's log goes to
    ``scratch/spark.log``.
    """
    try:
        from pyspark import SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SparkMissing(
            f"PySpark cannot be loaded: {error}",
            mend="pip install 'yibao[spark]'",
            zh=f"无法加载 PySpark：{error}",
            mend_zh="请安装：pip install 'yibao[spark]'",
        ) from None
    # PySpark prints Java's stack of every refused statement; the refusal itself is raised and says enough.
    logging.getLogger("SQLQueryContextLogger").disabled = True
    running = SparkContext._active_spark_context
    if running is not None:
        return SparkSession(running), False
    _require_java()
    log = scratch / "spark.log"
    try:
        options = _options(master, memory, brief, scratch)
        if SparkContext._gateway is None:
            with log.open("wb") as errors:
                # Java writes to the terminal whatever its log is set to; here it has a file of its own.
                SparkContext._gateway = launch_gateway(_configuration(options), {"stdout": errors, "stderr": errors})
            SparkContext._jvm = SparkContext._gateway.jvm
        conf = _configuration(options, SparkContext._jvm)
        conf.setIfMissing("spark.master", "local[*]")
        context = SparkContext(conf=conf)
        if "spark.pyspark.python" in options:
            # Of Spark's own programs only spark-submit heeds the option; a context takes the first python3 on the path.
            context.pythonExec = options["spark.pyspark.python"]
        return SparkSession(context), True
    except Exception as error:  # whatever Java or Spark says, its last words tell more than the class of the error
        raise SparkMissing(
            f"Spark did not start: {_last_words(log) or error}",
            mend="Spark needs Java 17 or later; see the manual, how-to Spark",
            zh=f"Spark 未能启动：{_last_words(log) or error}",
            mend_zh="Spark 需要 Java 17 或更高版本；见手册 Spark 一节",
        ) from error


def fresh(session: SparkSession, settings: Mapping[str, str]) -> SparkSession:
    """A session on the same Spark with no tables, the exact settings, and ``settings``."""
    made, context = session.newSession(), session.sparkContext
    # The default of 200 is for a cluster; a machine has as many tasks as its cores can take in turns.
    own = {"spark.sql.shuffle.partitions": str(4 * context.defaultParallelism)} if _is_local(context.master) else {}
    for name, value in {**own, **settings, **EXACT}.items():
        made.conf.set(name, value)
    return made


def _options(master: str | None, memory: str | None, brief: bool, scratch: Path) -> dict[str, str]:
    java = [f"-Dlog4j2.configurationFile={files('yibao.engine') / 'log4j2.properties'}", BRIEF if brief else ""]
    options = {
        "spark.app.name": "yibao",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.driver.extraJavaOptions": " ".join(java).strip(),
    }
    if master:
        options["spark.master"] = master
    if memory:
        options["spark.driver.memory"] = memory
    if _is_local(master or "local") and "PYSPARK_GATEWAY_PORT" not in os.environ:
        # Everything on this machine: nothing listens to the network, workers run this very Python.
        options |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.local.dir": str(scratch),
            "spark.pyspark.python": sys.executable,
            "spark.pyspark.driver.python": sys.executable,
        }
    return options


def _is_local(master: str) -> bool:
    return master.startswith("local")


def _configuration(options: Mapping[str, str], jvm: Any = None) -> Any:
    from pyspark import SparkConf

    return SparkConf(loadDefaults=jvm is not None, _jvm=jvm).setAll(list(options.items()))


def _require_java() -> None:
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return  # started by spark-submit: Java runs already
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and (Path(home) / "bin" / "java").exists())):
        raise SparkMissing(
            "Spark needs Java and there is none",
            mend="install a Java 17 runtime (Debian: openjdk-17-jre-headless) or set JAVA_HOME",
            zh="Spark 需要 Java，本机没有",
            mend_zh="请安装 Java 17 运行环境（Debian：openjdk-17-jre-headless），或设置 JAVA_HOME",
        )


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    noise = re.compile(r"\s*$|\tat |WARNING|.*/spark-class: line \d+")
    said = [line.strip() for line in lines if not noise.match(line)]
    return said[-1][:300] if said else ""
