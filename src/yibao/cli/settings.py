"""The environment variables that the project reads, as data: the reference page is written from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One environment variable: what it may be, what holds without it, and what it does."""

    name: str
    values: str
    default: str
    zh: str
    en: str


SETTINGS = (
    Setting(
        "YIBAO_LANG",
        "`zh`, `en`",
        "the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`): Chinese where it is Chinese, English elsewhere",
        "命令行的语言",
        "the language of the command line",
    ),
    Setting(
        "YIBAO_KEY_PASSPHRASE",
        "a passphrase",
        "it is asked for on a terminal; without one the command is refused",
        "私钥的口令，用于无人值守的制作与签署",
        "the passphrase of a private key, for packages that are made with nobody present",
    ),
    Setting(
        "YIBAO_CACHE",
        "a directory, or empty",
        "the user's cache directory (`XDG_CACHE_HOME`, on Linux `~/.cache/yibao`)",
        "已检查的法规正文的缓存目录，使命令启动更快；为空则不缓存；可随时删除",
        "where checked bodies of laws are remembered, so that commands start sooner; empty: nowhere; may be deleted",
    ),
    Setting(
        "YIBAO_THREADS",
        "a whole number from 1",
        "one for each core",
        "嵌入式引擎每个进程的线程数；多个进程共用一台机器时设为 1 最快",
        "threads of the embedded engine in a process; 1 is quickest where several processes share the machine",
    ),
    Setting(
        "YIBAO_REGISTRY",
        "a file, or `postgresql://…`",
        "`registry.db` in the current directory",
        "登记库的位置，等同 `--registry`",
        "where the registry is, as `--registry` says it",
    ),
    Setting(
        "YIBAO_ACTOR",
        "an actor's id",
        "`--by` must be given",
        "操作人，等同 `--by`",
        "who acts in the registry, as `--by` says it",
    ),
    Setting(
        "YIBAO_ANCHOR_KEY",
        "a private key file",
        "`--key` must be given",
        "签署锚定文件的私钥，等同 `yibao registry anchor --key`；不应放在数据库所在的机器上",
        "the key that signs anchors, as `yibao registry anchor --key` says it; not kept where the database is",
    ),
    Setting(
        "YIBAO_ANCHOR_SIGNER",
        "a public key file",
        "the signer of an anchor is told, not compared",
        "只接受此公钥签名的锚定文件，等同 `yibao registry verify --signer`",
        "whose anchors are taken, as `yibao registry verify --signer` says it",
    ),
    Setting(
        "YIBAO_TEST_DATA",
        "a directory",
        "none: the tests that need it are skipped, and fail in CI",
        "仓库之外的测试数据目录；不随项目发布",
        "a directory with test data that lie beside the project and are not part of it",
    ),
    Setting(
        "CI",
        "`true`",
        "unset",
        "设置后，跳过的测试算失败",
        "when set, a test that would be skipped fails",
    ),
)
