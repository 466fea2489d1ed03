"""The front door: one command, one verb per capability."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from yibao import __version__
from yibao.cli.lazy import SETTINGS, Lazy, lazy_group
from yibao.cli.show import refuse, say
from yibao.cli.words import t
from yibao.errors import YibaoError

#: Every command, in the order of the help.
COMMANDS = (
    Lazy("demo", "demo:demo", "从原始文件到报告，一条命令走完", "The whole chain on a synthetic city, in one command"),
    Lazy(
        "simulate",
        "data:simulate",
        "生成模拟城市的原始文件和真值",
        "Write a synthetic city as raw files, with its truth",
    ),
    Lazy(
        "ingest",
        "data:ingest",
        "把原始文件读入账本",
        "Read raw files into the ledger; nothing is lost, bad rows are quarantined",
    ),
    Lazy(
        "compact",
        "compact:compact",
        "合并账本的小文件，可删除旧快照",
        "Merge the files of many batches, so that reading is quick; drop old snapshots",
    ),
    Lazy(
        "quality",
        "quality:quality",
        "检查数据质量",
        "Check the data: identities of bills, keys, codes, settlement-list rules",
    ),
    Lazy("run", "judge:run", "运行全部法规并出报告", "Run every law over the ledger and write the report"),
    Lazy("supervise", "judge:supervise", "只运行监管规则和指标", "Run the supervision rules and indicators only"),
    Lazy("check-order", "judge:check_order", "医嘱开立前的提醒", "Check a doctor's draft order before it is signed"),
    Lazy(
        "check-bill",
        "check_bill:check_bill",
        "结算前审核账单",
        "Check a bill before it is settled, by the laws of the settlement stage",
    ),
    Lazy(
        "risk",
        "risk:risk",
        "模型线索：谁与同类明显不同",
        "Leads of the models: who differs from the peers, with reasons",
    ),
    Lazy(
        "portrait",
        "risk:portrait",
        "画像：一个机构、医师或参保人与同类相比",
        "One institution, doctor or person beside the peers",
    ),
    Lazy(
        "evaluate",
        "evaluate:evaluate",
        "评估模型：与单特征基线比较",
        "How well the models rank, beside a one-feature baseline",
    ),
    Lazy(
        "quarantine",
        "quarantine:quarantine",
        "查看或导出未接收的行和原因",
        "Show or export the rows that were not taken in, with reasons",
    ),
    Lazy("query", "data:query", "只读查询账本", "Read-only SQL over the ledger"),
    Lazy(
        "region", "region:region", "区划树：各区参保、机构与基金", "The region tree: people, institutions, bills, funds"
    ),
    Lazy("settle", "settle:settle", "计算各层保障支付多少", "What every layer of protection pays on a bill"),
    Lazy(
        "serve",
        "serve:serve",
        "启动服务：系统接口、医嘱提醒、控制台",
        "Serve systems (API), doctors (reminders) and people (console)",
    ),
    Lazy("bench", "bench:bench", "在本机测速", "Measure speed and memory on this machine, beside a limit"),
    Lazy(
        "group",
        "group:app",
        "按病组（DRG）分组：yibao group 病例 --pack 目录；解释、比较版本、核查方案包、机构指标",
        "Group cases (DRG): yibao group CASES --pack DIR; explain one, compare versions, check packs, figures by group",
    ),
    Lazy(
        "equity",
        "equity:app",
        "公平性研究：运行研究文件，列出方法",
        "Studies of equity: run a study file, list the methods",
    ),
    Lazy("law", "law:app", "法规：列出、查看、验证", "The laws: list, show and prove them"),
    Lazy(
        "source",
        "source:app",
        "来源：能读什么文件，自己的映射是否可用",
        "Sources: what can be read, and mappings of your own",
    ),
    Lazy(
        "snapshot",
        "snapshot:app",
        "快照：列出、查看、回退、核验",
        "Snapshots of a ledger: list, show, roll back, verify",
    ),
    Lazy(
        "catalogue",
        "catalogue:app",
        "目录与编码：导入国家编码、价格和对照，查看，并为本地编码对照",
        "Catalogues and codes: take in national lists, prices and maps, look at them, map local codes",
    ),
    Lazy(
        "package",
        "package:app",
        "数据包：上报、回流、核验、接收",
        "Packages between levels: send up, send back, verify, receive",
    ),
    Lazy(
        "keys",
        "keys:app",
        "密钥：为数据包签名、核对指纹、信任对方",
        "Keys: sign packages, compare fingerprints, trust others",
    ),
    Lazy(
        "registry",
        "registry:app",
        "登记库：操作人与权限、疑点流程、实时结算、记分、信用、考核、数据权利，全程留痕",
        "The registry: actors and roles, clues, live settlement, points, credit, assessment, data rights, all recorded",
    ),
    Lazy(
        "access",
        "access:app",
        "服务的登录凭证：密码、第二因素、接口密钥、医院系统的公钥",
        "Credentials of the service: passwords, second factors, API keys, hospital systems' public keys",
    ),
)
app = typer.Typer(
    name="yibao",
    cls=lazy_group(COMMANDS),
    help=t(
        "医保基金治理开放平台：汇集、标准化、校验、按法规判断、出报告。先试：yibao demo",
        "Govern a medical-insurance fund: collect, standardise, check, judge by written law, report. Try: yibao demo",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings=SETTINGS,
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"yibao {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=t("版本", "print the version"))
    ] = False,
) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line; a user's mistake ends with a message and an exit code, never a traceback."""
    try:
        app()
    except YibaoError as error:
        sys.exit(refuse(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as ended:
        # Typer ends with 1 when whoever reads the output has seen enough (`| head`), which is no failure.
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(0)
        raise
    except OSError as error:
        # A path of the user's that cannot be read or written; the ledger's own are told of where they are used.
        sys.exit(refuse(_storage(error)))


def _storage(error: OSError) -> YibaoError:
    said = error.strerror or str(error)
    return YibaoError(
        f"cannot be read or written: {said}",
        where=str(error.filename or ""),
        mend="check the path and your permission",
        zh=f"无法读写：{said}",
        mend_zh="请检查路径和权限",
    )
