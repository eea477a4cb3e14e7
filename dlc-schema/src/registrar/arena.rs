use super::{AddArenaError, Registrar};
use crate::{
    Apparatus, ApparatusGeometry, ArenaGeometry, StoreExt, TransactionExt, name::ApparatusName,
};

impl Registrar<'_> {
    /// Adds an arena and its size, by which tracking becomes mm; returns whether it is new.
    ///
    /// # Errors
    ///
    /// Returns an error when its shape needs a size that is not given, or when there is another arena of
    /// that name.
    pub fn add_arena(
        &self,
        note: impl Into<String>,
        geometry: &ApparatusGeometry,
    ) -> Result<bool, AddArenaError> {
        check(geometry)?;
        let apparatus = Apparatus {
            name: geometry.apparatus.clone(),
            note: note.into(),
        };
        self.store.write(|rows| {
            let is_new = rows.put_same(&apparatus)?;
            Ok(rows.put_same(geometry)? || is_new)
        })
    }
}

fn check(geometry: &ApparatusGeometry) -> Result<(), AddArenaError> {
    let arena = &geometry.apparatus;
    let sides = || {
        let x_mm = size(arena, "width", geometry.x_mm)?;
        Ok((x_mm, size(arena, "height", geometry.y_mm)?))
    };
    match geometry.geometry {
        ArenaGeometry::Square => match sides()? {
            (x_mm, y_mm) if x_mm == y_mm => Ok(()),
            (x_mm, y_mm) => Err(AddArenaError::NotSquare {
                arena: arena.clone(),
                x_mm,
                y_mm,
            }),
        },
        ArenaGeometry::Rectangle => sides().map(drop),
        ArenaGeometry::Circle => size(arena, "radius", geometry.radius_mm).map(drop),
        // Their tracking stays in px.
        ArenaGeometry::Linear | ArenaGeometry::Treadmill => Ok(()),
    }
}

fn size(
    arena: &ApparatusName,
    size: &'static str,
    found: Option<f32>,
) -> Result<f32, AddArenaError> {
    let usable = found.filter(|size| size.is_finite() && *size > 0.0);
    usable.ok_or_else(|| AddArenaError::Size {
        arena: arena.clone(),
        size,
        found,
    })
}
