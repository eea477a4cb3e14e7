use std::collections::{HashMap, VecDeque};

/// Where the columns of blocks belong, which lie in a file by the types of their numbers.
pub(super) struct Order {
    /// For each column of the blocks, its place in the table; `None` where all are in order.
    places: Option<Vec<usize>>,
}

impl Order {
    /// Finds the place of each column of the blocks among those of the table; an error is the name
    /// of one that has none. Equal names are taken in their order.
    pub(super) fn of<'a>(
        stored: &'a [Vec<String>],
        columns: &'a [Vec<String>],
    ) -> Result<Self, &'a [String]> {
        if stored == columns {
            return Ok(Self { places: None });
        }
        let mut known: HashMap<&[String], VecDeque<usize>> = HashMap::new();
        for (place, names) in columns.iter().enumerate() {
            known.entry(names).or_default().push_back(place);
        }
        let place = |names: &'a Vec<String>| {
            let place = known.get_mut(&names[..]).and_then(VecDeque::pop_front);
            place.ok_or(&names[..])
        };
        let places: Result<Vec<usize>, _> = stored.iter().map(place).collect();
        Ok(Self {
            places: Some(places?),
        })
    }

    /// Puts the numbers of a row where they belong; `scratch` has room for them.
    pub(super) fn apply<E>(
        &self,
        row: &mut [f64],
        scratch: &mut [f64],
        read: impl FnOnce(&mut [f64]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(places) = &self.places else {
            return read(row);
        };
        read(scratch)?;
        for (&place, &number) in places.iter().zip(&*scratch) {
            row[place] = number;
        }
        Ok(())
    }
}
