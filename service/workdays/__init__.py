"""Working days (工作日): statutory holidays, make-up days (调休) and limits counted in them."""
