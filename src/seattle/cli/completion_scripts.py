"""Scripts by which shells complete our commands: all that they know stands in them, so that Tab starts no Python.

Each script walks along the words to find which command is meant, and then offers its options, its commands, or files.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from seattle.cli.command_words import CommandWords, OptionWords, Takes, load

RECENT: Final = 10  # minutes for which the names that `recent_names.py` keeps are offered

_PROFILES: Final = "${XDG_CONFIG_HOME:-$HOME/.config}/seattle/profiles"
_VESSELS: Final = "${XDG_CACHE_HOME:-$HOME/.cache}/seattle/vessels"
_RECENT: Final = f'command find "{_VESSELS}" -mmin -{RECENT} -exec cat {{}} + 2>/dev/null'

_BASH: Final = """\
# Completion of seattle and repy for bash.
_seattle() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" at="${{COMP_WORDS[0]##*/}}" i
    local IFS=$' \\t\\n'
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at ${{COMP_WORDS[i]}}" in
            {paths}) at="$at ${{COMP_WORDS[i]}}" ;;
        esac
    done
    COMPREPLY=()
    case "$at|$prev" in
{values}
    esac
    if [[ "$cur" == -* ]]; then
        case "$at" in
{options}
        esac
        return
    fi
    case "$at" in
{words}
    esac
}}
complete -F _seattle seattle repy
"""
_BASH_PATHS: Final = 'compopt -o filenames 2>/dev/null; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY'
_BASH_TAKES: Final[Mapping[Takes, str]] = {
    Takes.NOTHING: ":",
    Takes.WORD: ":",
    Takes.FILE: f'{_BASH_PATHS} < <(compgen -f -- "$cur")',
    Takes.FOLDER: f'{_BASH_PATHS} < <(compgen -d -- "$cur")',
    # Not `compgen -W`, which runs what stands in names.
    Takes.PROFILE: f'mapfile -t COMPREPLY < <(cd -- "{_PROFILES}" 2>/dev/null && compgen -d -- "$cur")',
    Takes.VESSEL: f'mapfile -t COMPREPLY < <({_RECENT} | while read -r i; do [[ "$i" == "$cur"* ]] && echo "$i"; done)',
}

_ZSH: Final = """\
#compdef seattle repy
# Completion of seattle and repy for zsh.
_seattle() {{
    local at="${{words[1]:t}}" word cur="${{words[CURRENT]}}" prev="${{words[CURRENT-1]}}"
    local -a offered
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "$at $word" in
            ({paths}) at="$at $word" ;;
        esac
    done
    case "$at|$prev" in
{values}
    esac
    if [[ "$cur" == -* ]]; then
        case "$at" in
{options}
        esac
        _describe option offered
        return
    fi
    case "$at" in
{words}
    esac
    (( $#offered )) && _describe command offered
}}
if [[ "$funcstack[1]" == _seattle ]]; then _seattle "$@"; else compdef _seattle seattle repy; fi
"""
_ZSH_TAKES: Final[Mapping[Takes, str]] = {
    Takes.NOTHING: ":",
    Takes.WORD: ":",
    Takes.FILE: "_files",
    Takes.FOLDER: "_files -/",
    Takes.PROFILE: f'compadd -- "{_PROFILES}"/*(N:t)',
    Takes.VESSEL: f'compadd -- ${{(f)"$({_RECENT})"}}',
}

_FISH: Final = """\
# Completion of seattle and repy for fish.
function __seattle_at
    set -l at
    for word in (commandline -opc)
        set -l longer (string join ' ' $at $word)
        if test -z "$at"
            set at (basename $word)
        else if contains -- "$longer" {paths}
            set at $longer
        end
    end
    test "$at" = "$argv"
end
complete -c seattle -f
complete -c repy -f
{lines}
"""
_FISH_TAKES: Final[Mapping[Takes, str]] = {
    Takes.NOTHING: "",
    Takes.WORD: " -x",
    Takes.FILE: " -r -F",
    Takes.FOLDER: " -x -a '(__fish_complete_directories)'",
    Takes.PROFILE: " -x -a '(set -q XDG_CONFIG_HOME; or set -l XDG_CONFIG_HOME ~/.config; ls "
    "$XDG_CONFIG_HOME/seattle/profiles 2>/dev/null)'",
    Takes.VESSEL: " -x -a '(set -q XDG_CACHE_HOME; or set -l XDG_CACHE_HOME ~/.cache;"
    f" find $XDG_CACHE_HOME/seattle/vessels -mmin -{RECENT} -exec cat \\{{\\}} + 2>/dev/null)'",
}


def bash() -> str:
    """For bash 4 and later."""
    table = load()
    return _BASH.format(
        paths="|".join(f'"{line}"' for line in _paths(table)),
        values="\n".join(_arms(_values(table, _bash_value))),
        options="\n".join(_arms((one.line, _bash_list(_names(one))) for one in table)),
        words="\n".join(
            _arms((one.line, f"{_bash_list(_next(one, table))}; {_BASH_TAKES[one.takes]}") for one in table)
        ),
    )


def zsh() -> str:
    """For zsh, whose `compinit` has to have run."""
    table = load()
    return _ZSH.format(
        paths="|".join(f'"{line}"' for line in _paths(table)),
        values="\n".join(_arms(_values(table, _zsh_value))),
        options="\n".join(_arms((one.line, _zsh_list(_names(one))) for one in table)),
        words="\n".join(_arms((one.line, _then(_zsh_list(_next(one, table)), _ZSH_TAKES, one)) for one in table)),
    )


def fish() -> str:
    """For fish 3 and later."""
    table = load()
    return _FISH.format(
        paths=" ".join(f'"{line}"' for line in _paths(table)),
        lines="\n".join(line for one in table for line in _fish_lines(one, table)),
    )


SCRIPTS: Final[Mapping[str, Callable[[], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}


def _paths(table: list[CommandWords]) -> list[str]:
    """The commands that are a word longer than another one."""
    return [one.line for one in table if " " in one.line]


def _names(command: CommandWords) -> dict[str, str]:
    return {name: option.about for option in command.options for name in option.names}


def _next(command: CommandWords, table: list[CommandWords]) -> dict[str, str]:
    """The words that may follow: its commands, and choices that it has."""
    inner = {one.line.rpartition(" ")[2]: one.about for one in table if one.line.rpartition(" ")[0] == command.line}
    return inner | {word: "" for word in command.choices if word not in inner}


def _values(table: list[CommandWords], offer: Callable[[OptionWords], str]) -> Iterator[tuple[str, str]]:
    """What follows an option that takes a value."""
    for command in table:
        for option in command.options:
            if option.takes is not Takes.NOTHING:
                for name in option.names:
                    yield f"{command.line}|{name}", f"{offer(option)}; return"


def _arms(arms: Iterator[tuple[str, str]]) -> Iterator[str]:
    return (f'        "{pattern}") {what} ;;' for pattern, what in arms)


def _then(offered: str, takes: Mapping[Takes, str], command: CommandWords) -> str:
    return f"{offered}; {takes[command.takes]}"


def _bash_value(option: OptionWords) -> str:
    return _bash_list(dict.fromkeys(option.choices, "")) if option.choices else _BASH_TAKES[option.takes]


def _bash_list(words: Mapping[str, str]) -> str:
    return f'COMPREPLY+=($(compgen -W "{" ".join(words)}" -- "$cur"))' if words else ":"


def _zsh_value(option: OptionWords) -> str:
    return f"compadd -- {' '.join(option.choices)}" if option.choices else _ZSH_TAKES[option.takes]


def _zsh_list(words: Mapping[str, str]) -> str:
    told = (shlex.quote(f"{word}:{about}" if about else word) for word, about in words.items())
    return f"offered+=({' '.join(told)})" if words else ":"


def _fish_lines(command: CommandWords, table: list[CommandWords]) -> Iterator[str]:
    begin = f"complete -c {command.line.partition(' ')[0]} -n '__seattle_at {command.line}'"
    for word, about in _next(command, table).items():
        yield f"{begin} -a {word} -d {_fish_text(about)}"
    if command.takes in {Takes.FILE, Takes.FOLDER}:
        yield f"{begin} -F"
    if command.takes is Takes.VESSEL:
        yield begin + _FISH_TAKES[command.takes].replace(" -x", "")
    for option in command.options:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
        takes = f" -x -a {_fish_text(' '.join(option.choices))}" if option.choices else _FISH_TAKES[option.takes]
        yield f"{begin} {names}{takes} -d {_fish_text(option.about)}"


def _fish_text(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"
