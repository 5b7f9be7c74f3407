# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Folders in memory that a test left because it was killed together with
# whatever would have removed them. Source it.
#
#	leftovers_own FOLDER		it is this shell's, as long as that lives
#	leftovers_keep FOLDER		no longer: it stays until a person
#					removes it
#	leftovers_remove FOLDER...	those whose shell is gone

leftovers_own() {
	echo $$ >"$1/owner"
}

leftovers_keep() {
	rm -f "$1/owner"
}

leftovers_remove() {
	local folder pid
	for folder; do
		[ -O "$folder/owner" ] && [ ! -L "$folder" ] || continue
		pid=$(cat "$folder/owner")
		[[ $pid =~ ^[0-9]+$ ]] && [ ! -e "/proc/$pid" ] || continue
		echo "removed: $folder, left by process $pid"
		rm -rf "$folder"
	done
}
