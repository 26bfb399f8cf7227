"""Administration (租户管理): which towns are tenants, where they belong, and how each is set up."""
