/*
 * SPDX-License-Identifier: MIT
 *
 * little_table: a table with all that one must have, for what only
 * needs some table: R01 lets anyone tell the police tovholder of a concern,
 * P01 forbids the purpose that § 115 forbids.
 */
#ifndef INFOHUS_TESTS_LITTLE_TABLE_H
#define INFOHUS_TESTS_LITTLE_TABLE_H

static const char little_table[] =
    "version: 1\n"
    "groups:\n"
    "  roles: {police: [pol_tovholder, pol_vagt]}\n"
    "  categories: {person_data: [identity, concern]}\n"
    "limits:\n"
    "  socially_exposed: {judged_by: [social], max_age_days: 1, law: x,\n"
    "    mark: text, text_en: x, text_da: x}\n"
    "  ksp: {judged_by: [social], days_before_release: 1,\n"
    "    days_after_release: 1, law: x, mark: text, text_en: x,\n"
    "    text_da: x}\n"
    "rules:\n"
    "  - id: P01\n"
    "    class: prohibition\n"
    "    law: x\n"
    "    mark: text\n"
    "    valid_from: 2016-02-29T23:00:00Z\n"
    "    text_en: x\n"
    "    text_da: x\n"
    "    any: [{purpose: [investigation]}]\n"
    "  - id: R01\n"
    "    class: permit\n"
    "    law: x\n"
    "    mark: text\n"
    "    valid_from: 2016-02-29T23:00:00Z\n"
    "    text_en: x\n"
    "    text_da: x\n"
    "    kind: [concern]\n"
    "    from: any\n"
    "    to: [pol_tovholder]\n"
    "    relation: any\n"
    "    cooperation: any\n"
    "    bases: any\n"
    "    purpose: {not: [investigation]}\n"
    "    state: any\n"
    "    carry: any\n"
    "  - id: U01\n"
    "    class: duty\n"
    "    law: x\n"
    "    mark: text\n"
    "    valid_from: 2016-02-29T23:00:00Z\n"
    "    text_en: x\n"
    "    text_da: x\n"
    "    any: [{kind: [concern]}]\n"
    "    notice: x\n";

#endif
