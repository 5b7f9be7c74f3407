/*
 * SPDX-License-Identifier: MIT
 *
 * envelope: the checks on a Message that need no registry (step R2), and
 * the same for what a recipient is offered. Pure but for the arena; it must
 * never put content into a defect.
 */
#include "proto/envelope.h"

const ProtobufCMessageDescriptor *
envelope_section_descriptor(unsigned cat)
{
	const ProtobufCFieldDescriptor *f;

	f = protobuf_c_message_descriptor_get_field(
	    &pb_sections__descriptor, cat);
	return f != NULL ? f->descriptor : NULL;
}
