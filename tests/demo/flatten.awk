# SPDX-License-Identifier: MIT
#
# JSON to lines "path TAB value": {"a":[{"b":1}]} gives "a.0.b<TAB>1".
# Enough for what our own tools print; line feeds in text become spaces.
# Several values in one input: with -v many=1 they are numbered from 0.

function skip() {
	match(text, /^[ \t\r\n]+/)
	if (RSTART == 1)
		text = substr(text, RLENGTH + 1)
}

function take(n,  t) {
	t = substr(text, 1, n)
	text = substr(text, n + 1)
	return t
}

function string(  s) {
	match(text, /^"([^"\\]|\\.)*"/)
	if (RSTART != 1)
		fail()
	s = take(RLENGTH)
	s = substr(s, 2, length(s) - 2)
	gsub(/\\[nrt]/, " ", s)
	gsub(/\\"/, "\"", s)
	gsub(/\\\//, "/", s)
	gsub(/\\\\/, "\\", s)
	return s
}

function fail() {
	print "not JSON near: " substr(text, 1, 40) > "/dev/stderr"
	failed = 1
	exit 1
}

function join(path, key) {
	return path == "" ? key : path "." key
}

# The schema is a few levels deep; so is this recursion.
function value(path,  c, n, key) {
	skip()
	c = substr(text, 1, 1)
	if (c == "{" || c == "[") {
		take(1)
		n = 0
		for (;;) {
			skip()
			if (substr(text, 1, 1) ~ /[\]}]/) {
				take(1)
				break
			}
			if (c == "{") {
				key = string()
				skip()
				if (take(1) != ":")
					fail()
			} else {
				key = n
			}
			n++
			value(join(path, key))
			skip()
			if (substr(text, 1, 1) == ",")
				take(1)
		}
		if (c == "[")
			print join(path, "#") "\t" n
	} else if (c == "\"") {
		print path "\t" string()
	} else {
		match(text, /^[-+.0-9a-zA-Z]+/)
		if (RSTART != 1)
			fail()
		print path "\t" take(RLENGTH)
	}
}

{ text = text $0 "\n" }

END {
	if (failed)
		exit 1
	for (i = 0; ; i++) {
		skip()
		if (text == "")
			break
		value(many ? i : "")
	}
}
