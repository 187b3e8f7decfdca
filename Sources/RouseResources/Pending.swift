// The resource table replaces this.
