// Counts the allocations of the program that this is linked into: malloc and its relatives, of every library and thread.
#pragma once

long rouse_allocations(void);
