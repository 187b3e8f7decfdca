void rouse_kernels_version(void);
