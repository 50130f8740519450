"""What editors need to know of Repy: which names are calls, which are not there, and how to check and run a program."""

import json
from typing import Final

from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.reference import calls

SUFFIXES: Final = ("repy", "r2py")
NOT_THERE: Final = ("breakpoint", "compile", "eval", "exec", "globals", "input", "locals", "memoryview", "vars")
_CHECK_FORMAT: Final = r"^(.+?):(\d+):(\d+): (RP\d+) (.*)$"  # of what `repy check` prints
_COMMANDS: Final = {
    "repy: check this program": ["check", "${file}"],
    "repy: run this program as a vessel would": ["--restrictions", "vessel.restrictions", "--cwd", "run", "${file}"],
}


def files() -> dict[str, str]:
    """Settings, tasks and syntax for VS Code, and the same for Vim, by path."""
    return {
        ".vscode/settings.json": _json(_settings()),
        ".vscode/tasks.json": _json(_tasks()),
        "editors/vscode/package.json": _json(_extension()),
        "editors/vscode/syntaxes/repy.tmLanguage.json": _json(_grammar()),
        "editors/vim/ftdetect/repy.vim": _detection(),
        "editors/vim/after/syntax/python.vim": _vim_syntax(),
        "editors/vim/compiler/repy.vim": _compiler(),
        "run/.keep": "",
    }


def _names() -> list[str]:
    return [name for name in calls() if "." not in name]


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _settings() -> dict[str, object]:
    return {
        "files.associations": {f"*.{suffix}": "python" for suffix in SUFFIXES},
        "python.analysis.extraPaths": ["seattlelib"],
        "python.analysis.diagnosticSeverityOverrides": {"reportShadowedImports": "none"},
    }


def _tasks() -> dict[str, object]:
    pattern = {"regexp": _CHECK_FORMAT, "file": 1, "line": 2, "column": 3, "code": 4, "message": 5}
    matcher = {"owner": "repy", "fileLocation": ["autoDetect", "${workspaceFolder}"], "pattern": pattern}
    tasks = [
        {
            "label": label,
            "type": "process",
            "command": "repy",
            "args": words,
            "problemMatcher": matcher,
            "group": "build",
        }
        for label, words in _COMMANDS.items()
    ]
    return {"version": "2.0.0", "tasks": tasks}


def _extension() -> dict[str, object]:
    return {
        "name": "repy",
        "displayName": "Repy",
        "description": "The calls of Repy, Seattle's safe Python, coloured within Python.",
        "version": "1.0.0",
        "publisher": "seattle",
        "engines": {"vscode": "^1.75.0"},
        "categories": ["Programming Languages"],
        "contributes": {
            "languages": [{"id": "python", "extensions": [f".{suffix}" for suffix in SUFFIXES]}],
            "grammars": [
                {
                    "scopeName": "repy.injection",
                    "path": "./syntaxes/repy.tmLanguage.json",
                    "injectTo": ["source.python"],
                }
            ],
        },
    }


def _grammar() -> dict[str, object]:
    def names(words: list[str]) -> str:
        return rf"(?<![.\w])({'|'.join(words)})\b"

    return {
        "scopeName": "repy.injection",
        "injectionSelector": "L:source.python -string -comment",
        "patterns": [
            {"match": names(_names()), "name": "support.function.builtin.repy"},
            {"match": names(list(EXCEPTIONS)), "name": "support.type.exception.repy"},
            {"match": names(["callargs", "callfunc", "mycontext"]), "name": "variable.language.repy"},
            {"match": names(list(NOT_THERE)), "name": "invalid.illegal.repy"},
        ],
    }


def _detection() -> str:
    patterns = ",".join(f"*.{suffix}" for suffix in SUFFIXES)
    return f"autocmd BufRead,BufNewFile {patterns} setfiletype python\n"


def _vim_syntax() -> str:
    lines = [
        '" Repy, beside what Vim knows of Python.',
        f"syntax keyword repyCall {' '.join(_names())}",
        f"syntax keyword repyException {' '.join(EXCEPTIONS)}",
        "syntax keyword repyVariable callargs callfunc mycontext",
        f"syntax keyword repyNotThere {' '.join(NOT_THERE)}",
        "highlight default link repyCall Function",
        "highlight default link repyException Structure",
        "highlight default link repyVariable Special",
        "highlight default link repyNotThere Error",
    ]
    return "\n".join(lines) + "\n"


def _compiler() -> str:
    return (
        '" `:compiler repy`, then `:make` checks the program, and `:cnext` goes to what is not Repy.\n'
        "let current_compiler = 'repy'\n"
        "CompilerSet makeprg=repy\\ check\\ %:S\n"
        "CompilerSet errorformat=%f:%l:%c:\\ %m\n"
    )
