#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# parsers.def against the sources: whoever adds a function that reads bytes
# from outside has to say there which corpus it gets, or why it needs none.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

table=tests/corpus/parsers.def
seeds=tests/corpus/seeds/answers
faults=0
headers=$(find proto daemon clients -name '*.h')
sources=$(find proto daemon clients -name '*.c')

no() {
	printf 'NOT OK: %s\n' "$*"
	faults=$((faults + 1))
}

# rows WORD: the first argument of each row.
rows() {
	sed -n "s|^$1(\\([^,)]*\\).*|\\1|p" "$table" | sort
}

entries=$(tests/corpus/kinds.sh | cut -d' ' -f2 | grep -vx envelope_unpack |
    sort)

# One line a file, so that a call over two lines is one match.
flat() {
	# shellcheck disable=SC2086
	for f in $sources; do tr -s '\n\t ' '   ' <"$f"; echo; done
}

# Every type that is unpacked has a corpus, and every corpus of a type that
# stands there is used: by name, or as a section of a message.
unpacked=$(flat | grep -oE 'ENVELOPE_UNPACK\( ?[^,()]*, [a-z_]+,' |
    sed -E 's/.*, ([a-z_]+),/\1/')
sections=$(sed -n '/^message Sections/,/^}/p' proto/infohus.proto |
    sed -nE 's/^ *optional ([A-Za-z]+) .*/\1/p' |
    sed -E 's/([a-z])([A-Z])/\1_\2/g' | tr '[:upper:]' '[:lower:]')
others=$(flat | grep -oE '[^_]envelope_unpack\( ?[a-z>.-]*, &pb_[a-z_]+__' |
    sed -E 's/.*&pb_([a-z_]+)__/\1/')
read_types=$(printf '%s\n' "$unpacked" "$sections" "$others" | sed '/^$/d' |
    sort -u)
for t in $(comm -13 <(rows MESSAGE) <(echo "$read_types")); do
	no "$t is unpacked; expected MESSAGE($t) in $table"
done
for t in $(comm -23 <(rows MESSAGE) <(echo "$read_types")); do
	no "MESSAGE($t) in $table: nothing unpacks it"
done

# Every name that sounds like a parser is in the table, and still exists.
words='parse|parse_pem|open|open_[a-z]+|unpack|load|read|decode|verify'
words="$words|is_valid|is_clean|holds|check|receive|next|from_texts"
words="$words|request|root|judge"
declared=$(echo "$headers" | grep -v '^clients/tool/' | xargs cat |
    grep -oE "\\b[a-z0-9_]+_($words)\\(" | tr -d '(' | sort -u)
known=$( (echo "$entries"; rows INSIDE) | sort)
for f in $(comm -23 <(echo "$declared") <(echo "$known")); do
	no "$f sounds like a parser; expected PARSER or INSIDE in $table"
done
for f in $(comm -13 <(echo "$declared") <(echo "$known")); do
	no "$f stands in $table; found no such function"
done
for f in $(echo "$known" | uniq -d); do
	no "$f stands twice in $table"
done

# Every file that calls a library's parser says for whom.
readers=$(echo "$sources" | xargs grep -lE \
    'json_load|yaml_parser_init|d2i_|PEM_|\bstrto[a-z]+\(|sscanf|_message_unpack\(' |
    sort)
for f in $(comm -13 <(rows READER) <(echo "$readers")); do
	no "$f calls a library's parser; expected READER($f, why) in $table"
done
for f in $(comm -23 <(rows READER) <(echo "$readers")); do
	no "READER($f) in $table: it calls no library's parser"
done

# Every entry is kept from, and has seeds.
kept=$(cat tests/corpus/keep_*.c | tr -s '\n\t ' '   ' |
    grep -oE 'WRAPPED\( ?[^,()]*, [a-z0-9_]+,' | sed -E 's/.*, ([^,]*),/\1/')
for f in $(comm -3 <(echo "$kept" | sort) <( (echo envelope_unpack
    echo "$entries") | sort)); do
	no "$f: expected PARSER in $table and WRAPPED in keep_*.c, found one"
done
for k in $(tests/corpus/kinds.sh | cut -d' ' -f1); do
	grep -q "^$k/" "$seeds" 2>/dev/null ||
	    no "$k has no seeds; make corpus, make seeds"
done

printf '%d faults\n' "$faults"
[ "$faults" = 0 ]
